import type { Placer } from '../arch/arch.ts'
import type { Range } from '../bytes/range.ts'
import { ok } from '../bytes/result.ts'
import { rangeOf } from './segment.ts'
import { toolsHole } from './tools-hole.ts'

/**
 * The places that kexec-tools would choose from user space, over its own list of `ranges`; for a crash
 * kernel all within `area`.
 */
export function kexecTools(ranges: readonly Range[], area: Range | null): Placer {
  return (buf, placed) => {
    const bounded = area
      ? { ...buf, min: Math.max(buf.min, area.start), max: Math.min(buf.max, area.last) }
      : buf
    const hole = toolsHole(bounded, ranges, placed.map(rangeOf))
    if (!hole.ok) return hole
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
    })
  }
}
