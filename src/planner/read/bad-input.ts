import type { CaptureFile } from './capture-files.ts'

/** Why a file was refused. A closed list: the wire publishes it. */
export type BadInputCode =
  | 'missing-file'
  | 'empty-file'
  | 'too-large'
  | 'too-many-lines'
  | 'not-text'
  | 'truncated-line'
  | 'bad-line'
  | 'bad-range'
  | 'beyond-2-53'
  | 'masked-addresses'
  | 'bad-nesting'
  | 'not-ascending'
  | 'overlapping'
  | 'unknown-column'
  | 'unknown-flag'
  | 'bad-blob'
  | 'bad-value'
  | 'unknown-arch'

/** A place in an input, what stood there, and what was expected. Nothing of that input is kept. */
export interface BadInput {
  readonly code: BadInputCode
  readonly file: CaptureFile
  /** Counted from 1; null where the file as a whole, or a blob, is at fault. */
  readonly line: number | null
  /** Counted from 1; for a blob the byte offset, counted from 0. */
  readonly column: number | null
  readonly expected: string
  /** What stood there, cut to 80 characters. */
  readonly found: string
}
