import { err, ok } from '../bytes/result.ts'
import type { Placer } from '../arch/arch.ts'
import type { Range } from '../bytes/range.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import { rangeOf } from './segment.ts'
import { searchAgain } from './search-again.ts'
import type { Walk } from './walk.ts'

/**
 * The places that the running kernel itself would choose.
 *
 * `ascending`: what it may book, for a crash kernel its main reservation alone.
 *
 * Source: Linux kernel/kexec_file.c; which ranges, and in which order, is in `rules/`.
 */
export function kexecFile(ascending: readonly Range[], rules: KernelRules): Placer {
  const search = searchAgain()
  return (buf, placed) => {
    const walk: Walk = {
      buf,
      ranges: ascending,
      visits: buf.topDown ? rules.topDownOrder : 'ascending',
      taken: placed.map(rangeOf),
      search: rules.topDownStart,
    }
    const hole = search(walk)
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
      because: 'the running kernel would choose it',
      walks: [walk],
    })
  }
}
