import type { Placer } from '../arch/arch.ts'
import { intersection, type Range } from '../bytes/range.ts'
import { err, ok } from '../bytes/result.ts'
import { rangeOf } from './segment.ts'
import { searchWalk } from './search-walk.ts'
import type { Walk } from './walk.ts'

/**
 * The places that kexec-tools would choose from user space, over its own list of `ranges`; for a crash
 * kernel all within `area`. `window`: what `--mem-min` and `--mem-max` leave of memory; for a crash
 * kernel the reservation still bounds it.
 */
export function kexecTools(ranges: readonly Range[], area: Range | null, window?: Range): Placer {
  const bounds = area && window ? (intersection(area, window) ?? area) : (area ?? window)
  return (buf, placed) => {
    const bounded = bounds
      ? { ...buf, min: Math.max(buf.min, bounds.start), max: Math.min(buf.max, bounds.last) }
      : buf
    const walk: Walk = {
      buf: bounded,
      ranges,
      visits: buf.topDown ? 'descending' : 'ascending',
      taken: placed.map(rangeOf),
      search: 'tools',
    }
    const hole = searchWalk(walk)
    if (!hole.ok) return err({ ...hole.error, walks: [walk] })
    const { kind, bufsz, memsz, align } = buf
    return ok({
      kind,
      mem: hole.value,
      bufsz,
      memsz,
      align,
      room: memsz,
      chosen: 'by-rule',
      because: 'kexec-tools would choose it',
      walks: [walk],
    })
  }
}
