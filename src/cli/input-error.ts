/** A place in a file that the user named, what stood there, and what was expected. */
export interface InputError {
  readonly code: string
  /** The path as the user would type it. */
  readonly file: string
  /** Counted from 1; null where the file as a whole, or a blob, is at fault. */
  readonly line: number | null
  /** Counted from 1; for a blob the byte offset, counted from 0. */
  readonly column: number | null
  readonly expected: string
  readonly found: string
}

/** A fault of the file as a whole. */
export function wholeFile(code: string, file: string, expected: string, found: string): InputError {
  return { code, file, line: null, column: null, expected, found }
}

/** One line in the form that editors and CI systems turn into a link. */
export function inputErrorLine(error: InputError): string {
  const place = [error.file, error.line, error.column].filter((part) => part !== null).join(':')
  return `${place}: ${error.code}: expected ${error.expected}, found ${error.found}`
}

/** What the operating system said, without its stack. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
