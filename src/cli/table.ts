/** Columns as wide as their widest cell, two spaces between; the last cell of a line is not padded. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows]
  const widths = titles.map((_, i) => lines.reduce((most, cells) => Math.max(most, cells[i]?.length ?? 0), 0))
  return lines
    .map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
