import { styleText } from 'node:util'
import { toneOf, type Tone } from '../wire/tone.ts'

/** Whose cells say how something stands: the titles of their columns. */
const TONED: readonly string[] = ['state', 'verdict', 'severity', 'plan state']
const COLOURS: Readonly<Record<Tone, Parameters<typeof styleText>[0] | null>> = {
  good: 'green',
  busy: 'cyan',
  warn: 'yellow',
  bad: 'red',
  idle: null,
}

/**
 * Columns as wide as their widest cell, two spaces between; the last cell of a line is not padded. States are
 * coloured: whoever prints where no colours are wanted takes them out.
 */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows.map((cells) => cells.map(printable))]
  const widths = titles.map((_, i) => lines.reduce((most, cells) => Math.max(most, cells[i]?.length ?? 0), 0))
  const rest = (cells: readonly string[], i: number) => cells.slice(i + 1).some((cell) => cell !== '')
  return lines
    .map((cells, n) => {
      const painted = cells.map((cell, i) => {
        const paint = n > 0 && TONED.includes(titles[i] ?? '') ? toned(cell) : cell
        return rest(cells, i) ? paint + ' '.repeat((widths[i] ?? 0) - cell.length + 2) : paint
      })
      return `${painted.join('').trimEnd()}\n`
    })
    .join('')
}

/** A word for a state in the colour of how it is to be taken. */
export function toned(word: string): string {
  const colour = COLOURS[toneOf(word)]
  return colour === null ? word : styleText(colour, word, { validateStream: false })
}

/** What hosts call themselves must not move anybody's cursor. */
function printable(cell: string): string {
  return cell.replace(/\p{Cc}/gu, '\u{fffd}')
}

/** What a cell is made of. */
export type Cell = string | number | boolean | null | undefined

/** The columns of a table of items: under each title what stands in it. */
export type Columns<Item> = { readonly [title: string]: (item: Item) => Cell }

/** A table of items; a dash where there is nothing. */
export function tableOf<Item>(items: readonly Item[], columns: Columns<Item>): string {
  const cells = Object.values(columns)
  const rows = items.map((item) => cells.map((cell) => String(cell(item) ?? '-')))
  return table(Object.keys(columns), rows)
}
