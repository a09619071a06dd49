import { ok } from '../bytes/result.ts'
import type { Placer } from '../arch/arch.ts'
import type { Range } from '../bytes/range.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import { locateHole } from './locate-hole.ts'
import { rangeOf } from './segment.ts'

/**
 * The places that the running kernel itself would choose.
 *
 * `ascending`: what it may book, for a crash kernel its main reservation alone.
 *
 * Source: Linux kernel/kexec_file.c; which ranges, and in which order, is in `rules/`.
 */
export function kexecFile(ascending: readonly Range[], rules: KernelRules): Placer {
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
