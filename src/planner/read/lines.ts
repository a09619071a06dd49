import { err, type Result } from '../bytes/result.ts'
import type { BadInput, BadInputCode } from './bad-input.ts'
import type { CaptureFile } from './capture-files.ts'

/** Units: characters. The largest map seen is 100 KB; what is far above it is not one. */
export const MAX_TEXT = 32 * 1024 * 1024
export const MAX_LINES = 200_000
/** Of a file whose lines are ranges of memory: everything made of them takes time. The longest of the captures here has 79. */
export const MAX_ROWS = 20_000
/** Units: characters. */
export const MAX_LINE = 4096
/** A boot configuration may stand in the command line, of 32 KiB at most. Units: characters. */
export const MAX_VALUE = 64 * 1024
/** Units: characters of the input that a refusal may quote. */
const MAX_FOUND = 80

/** One line as the part of its file that it is: `from` included, `to` not; nothing is cut out or copied. */
export interface Line {
  readonly text: string
  readonly file: CaptureFile
  readonly from: number
  readonly to: number
  readonly number: number
  /** A newline follows. */
  readonly whole: boolean
}

/**
 * Hands the lines of a text to `read`, one after the other, until one is refused.
 *
 * A last line without newline that is refused at its very last character was cut off: it becomes
 * `truncated-line`, whatever its reader missed there.
 *
 * Errors: `too-large`, `empty-file`, `not-text`, `too-many-lines`, `bad-line` for a carriage return, and
 * what `read` returns.
 */
export function refusedLine(
  text: string,
  file: CaptureFile,
  read: (line: Line) => BadInput | null,
  most: number = MAX_LINES,
): BadInput | null {
  const unfit = unfitText(text, file)
  if (unfit) return unfit

  let number = 0
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf('\n', from)
    const to = newline < 0 ? text.length : newline
    const line: Line = { text, file, from, to, number: ++number, whole: newline >= 0 }
    if (number > most) return refusal(line, from, 'too-many-lines', `at most ${most} lines`)
    if (to - from > MAX_LINE)
      return refusal(line, from, 'bad-line', `a line of at most ${MAX_LINE} characters`)
    const bad = read(line)
    if (bad) return !line.whole && bad.column === to - from + 1 ? { ...bad, code: 'truncated-line' } : bad
    from = to + 1
  }
  return null
}

/** A refusal at the character `at` of the text; it quotes from there, or the whole line from its end. */
export function refusal(line: Line, at: number, code: BadInputCode, expected: string): BadInput {
  const from = at < line.to ? at : line.from
  return {
    code,
    file: line.file,
    line: line.number,
    column: at - line.from + 1,
    expected,
    found: line.text.slice(from, Math.min(line.to, from + MAX_FOUND)),
  }
}

export interface Refused {
  readonly ok: false
  readonly error: BadInput
}

/** A refusal of a file as a whole. */
export function refusedFile(file: CaptureFile, code: BadInputCode, expected: string, found: string): Refused {
  return err({ code, file, line: null, column: null, expected, found: found.slice(0, MAX_FOUND) })
}

/** A refusal of a blob at a byte offset. */
export function refusedBlob(
  file: CaptureFile,
  offset: number,
  expected: string,
  found: string,
  code: BadInputCode = 'bad-blob',
): Refused {
  return err({ code, file, line: null, column: offset, expected, found: found.slice(0, MAX_FOUND) })
}

/** The one value of a file that holds a single line, without surrounding blanks; `too-large` as a whole. */
export function onlyLine(text: string, file: CaptureFile): Result<string, BadInput> {
  const unfit = unfitText(text, file)
  if (unfit) return err(unfit)
  if (text.length > MAX_VALUE)
    return refusedFile(file, 'too-large', `at most ${MAX_VALUE} characters`, `${text.length} characters`)
  const value = text.trim()
  if (value === '') return refusedFile(file, 'empty-file', 'a value', '')
  if (value.includes('\n')) return refusedFile(file, 'bad-value', 'one line', value)
  return { ok: true, value }
}

/** What makes a text unreadable before its first line is looked at. */
export function unfitText(text: string, file: CaptureFile): BadInput | null {
  const whole = { file, line: null, column: null }
  if (text.length === 0) return { ...whole, code: 'empty-file', expected: 'at least one line', found: '' }
  if (text.length > MAX_TEXT)
    return {
      ...whole,
      code: 'too-large',
      expected: `at most ${MAX_TEXT} characters`,
      found: `${text.length} characters`,
    }
  const nul = text.indexOf('\0')
  if (nul >= 0) return unfitAt(text, file, nul, 'not-text', 'text without NUL characters', 'NUL')
  const cr = text.indexOf('\r')
  if (cr >= 0)
    return unfitAt(
      text,
      file,
      cr,
      'bad-line',
      'lines that end with a newline alone',
      'a carriage return (\\r)',
    )
  return null
}

function unfitAt(
  text: string,
  file: CaptureFile,
  at: number,
  code: BadInputCode,
  expected: string,
  found: string,
): BadInput {
  return { code, file, ...placeOf(text, at), expected, found }
}

/** Line and column of a character, both counted from 1. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  let line = 1
  let from = 0
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', from)) {
    line++
    from = next + 1
  }
  return { line, column: at - from + 1 }
}
