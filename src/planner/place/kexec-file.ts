import { ok } from '../bytes/result.ts'
import type { Placer } from '../arch/arch.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { bookable } from '../memory/views.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import { locateHole } from './locate-hole.ts'
import { rangeOf } from './segment.ts'

/**
 * The places that the running kernel itself would choose.
 *
 * Source: Linux kernel/kexec_file.c; which ranges, and in which order, is in `rules/`.
 */
export function kexecFile(map: MemoryMap, rules: KernelRules): Placer {
  const ascending = bookable(map, rules.walks)
  const descending = rules.topDownOrder === 'descending' ? [...ascending].reverse() : ascending
  return (buf, placed) => {
    const hole = locateHole(
      buf,
      buf.topDown ? descending : ascending,
      placed.map(rangeOf),
      rules.topDownStart,
    )
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
      because: 'the running kernel would choose it',
    })
  }
}
