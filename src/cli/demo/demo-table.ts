import type { DemoRow } from './run-host.ts'

/** Whether every boot of a host landed where it was planned. */
export function landedWherePlanned(row: DemoRow, boots: number): boolean {
  return row.boots.length === boots && row.boots.every((boot) => boot.verdict === 'landed')
}

/** The demo's result: a line a host, and last how many landed. */
export function demoTable(rows: readonly DemoRow[], boots: number): string {
  const header = [
    'host',
    'arch',
    'firmware',
    ...numbered(boots, (n) => `kernel, boot ${n}`),
    ...numbered(boots, (n) => `alone, boot ${n}`),
    'verdict',
  ]
  const body = rows.map((row) => [
    row.name,
    row.arch,
    row.firmware,
    ...numbered(boots, (n) => row.boots[n - 1]?.kernel ?? '-'),
    ...numbered(boots, (n) => row.boots[n - 1]?.alone ?? '-'),
    landedWherePlanned(row, boots) ? 'landed' : (row.boots.at(-1)?.verdict ?? 'never booted'),
  ])
  const widths = header.map((title, i) =>
    Math.max(...[header, ...body].map((cells) => cells[i]?.length ?? title.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  const landed = rows.filter((row) => landedWherePlanned(row, boots)).length
  return (
    [
      line(header),
      line(widths.map((w) => '-'.repeat(w))),
      ...body.map(line),
      '',
      moved(rows),
      `${landed} of ${rows.length} hosts landed where planned`,
    ].join('\n') + '\n'
  )
}

/** How many hosts would have found their kernel elsewhere on the second boot, had their kernels chosen. */
function moved(rows: readonly DemoRow[]): string {
  const differs = (of: (boot: DemoRow['boots'][number]) => string | null) =>
    rows.filter((row) => new Set(row.boots.map(of)).size > 1).length
  return `kernel moved between boots: ${differs((b) => b.kernel)} hosts under Berth, ${differs((b) => b.alone)} by the running kernel alone`
}

function numbered(count: number, cell: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => cell(i + 1))
}
