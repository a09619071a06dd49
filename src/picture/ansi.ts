import type { MemoryClass } from './classes.ts'

/** A part of a line in one look; `sgr`: the numbers of a terminal's "select graphic rendition", none for plain text. */
export interface Span {
  readonly text: string
  readonly sgr?: string
}

/** The sixteen colours that every terminal has, so that each reader's own theme decides how they look. */
export const SGR: Readonly<Record<MemoryClass, string>> = {
  ram: '2',
  free: '32',
  reserved: '33',
  unmapped: '2;33',
  'acpi-tables': '33',
  'acpi-nvs': '33',
  uefi: '33',
  persistent: '36',
  device: '2;35',
  'running-kernel': '34',
  'crash-kernel': '35',
  scratch: '36',
  hazard: '1;31',
  mixed: '2',
  unsteady: '1;33',
  gained: '1;32',
  lost: '1;31',
  'load-kernel': '1;34',
  'load-initrd': '1;33',
  'load-other': '1;36',
  room: '2',
  pin: '36',
  'pin-at-risk': '33',
  'pin-broken': '1;31',
  refused: '31',
}
export const BOLD = '1'
export const FAINT = '2'
export const ALARM = '1;31'

/** Columns of a terminal: fewer are taken for this many. */
export const LEAST_COLUMNS = 40

/** Letters of which each is surely one column wide, and none moves the cursor or turns the direction of text. */
const STRANGE = /[^\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2026\u00d7\u2192]/gu

/** One line, never wider than that; text that is cut ends in an ellipsis. What a terminal would act upon becomes `?`. */
export function lineOf(spans: readonly Span[], columns: number, colour: boolean): string {
  const clean = spans.map(({ text, sgr }) => ({ text: text.replace(STRANGE, '?'), sgr }))
  const whole = clean.map(({ text }) => text).join('')
  const isCut = whole.trimEnd().length > columns
  let left = whole.slice(0, isCut ? columns - 1 : columns).trimEnd().length
  const out: string[] = []
  for (const { text, sgr } of clean) {
    const part = text.slice(0, left)
    left -= part.length
    if (part) out.push(colour && sgr ? `\u001b[${sgr}m${part}\u001b[0m` : part)
  }
  return `${out.join('')}${isCut ? '…' : ''}`
}

/** Entries side by side, in as many lines as they need; none is broken over two. */
export function flowOf(entries: readonly (readonly Span[])[], columns: number, colour: boolean): string[] {
  const lines: Span[][] = []
  let used = Infinity
  for (const entry of entries) {
    const length = entry.reduce((sum, { text }) => sum + text.length, 0)
    const last = lines.at(-1)
    if (last && used + APART.length + length <= columns) {
      last.push({ text: APART }, ...entry)
      used += APART.length + length
    } else {
      lines.push([...entry])
      used = length
    }
  }
  return lines.map((spans) => lineOf(spans, columns, colour))
}

const APART = '   '

/** Words in as many lines as they need; a word that is longer than a line is cut into several. */
export function linesOf(text: string, columns: number, sgr: string | null, colour: boolean): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else
      for (let at = 0; at < Math.max(1, word.length); at += columns) lines.push(word.slice(at, at + columns))
  }
  return lines.map((line) => lineOf([{ text: line, ...(sgr ? { sgr } : {}) }], columns, colour))
}
