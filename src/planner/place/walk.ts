import type { Range } from '../bytes/range.ts'
import type { KexecBuf } from './kexec-buf.ts'

/**
 * One search for one buf, with all that decides its outcome: made again with one part exchanged, it
 * shows what that part was the cause of.
 */
export interface Walk {
  readonly buf: KexecBuf
  /** What may be booked, ascending, or in the order of kexec-tools' own list. */
  readonly ranges: readonly Range[]
  /** Which range is looked at first. */
  readonly visits: 'ascending' | 'descending'
  /** What is taken: segments placed before, and what a pinned plan keeps free for them. */
  readonly taken: readonly Range[]
  /** Whose arithmetic: the kernel's up to 6.7 and since, or that of kexec-tools. */
  readonly search: 'last-memsz' | 'last-memsz+1' | 'tools'
  /** Not the first hole but, of all places, the nearest to this address: where a pin lay. */
  readonly near?: number
  /** Not the first hole but any, as drawn: from 0 up to, not including, 1. */
  readonly draw?: number
}
