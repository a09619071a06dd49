import type { StrategyName } from '../planner/index.ts'
import { RATE_TABLE, type Rates } from './rates.ts'
import type { HostResult } from './simulate-host.ts'
import type { Tally } from './tally.ts'

/** A whole run: everything that is printed follows from it. */
export interface Run {
  readonly seed: number
  readonly boots: number
  readonly rates: Rates
  readonly results: readonly HostResult[]
}

export type Totals = { readonly [F in CountField]: number }
type CountField = Exclude<keyof Tally, 'strategy' | 'shown'>

const COUNTS = [
  'boots',
  'by_kexec',
  'firmware_changes',
  'no_loader',
  'distinct_kernel_addresses',
  'kernel_moves',
  'moves',
  'moves_with_firmware',
  'moves_at_second',
  'moves_unexplained',
  'refusals',
  'violations',
] as const satisfies readonly CountField[]

/** The sums over all hosts. */
export function totalsOf({ results }: Run, strategy: StrategyName): Totals {
  const tallies = results.flatMap((r) => r.tallies.filter((t) => t.strategy === strategy))
  const sum = (field: CountField) => tallies.reduce((all, t) => all + t[field], 0)
  return Object.fromEntries(COUNTS.map((field) => [field, sum(field)])) as Totals
}

/** Whether pins did what they are for: no violation, and no move after the second boot on unchanged firmware. */
export function pinsHeld(run: Run): boolean {
  const { violations, moves_unexplained } = totalsOf(run, 'pinned')
  return violations === 0 && moves_unexplained === 0
}

/** Everything as one JSON text; the same run gives the same bytes. */
export function runJson(run: Run): string {
  const strategies = run.results[0]?.tallies.map((t) => t.strategy) ?? []
  const totals = Object.fromEntries(strategies.map((s) => [s, totalsOf(run, s)]))
  const { seed, boots, rates, results } = run
  const hosts = results.map(({ host, tallies }) => ({ host, strategies: tallies }))
  return `${JSON.stringify({ seed, boots, rates, hosts, totals }, null, 2)}\n`
}

const COLUMNS: readonly (readonly [title: string, field: CountField])[] = [
  ['addr', 'distinct_kernel_addresses'],
  ['kernel', 'kernel_moves'],
  ['any', 'moves'],
  ['refused', 'refusals'],
  ['unsafe', 'violations'],
]
const LEGEND = `addr: different kernel addresses; kernel, any: boots at which the kernel, or any segment, was planned
elsewhere than at the boot before; refused: boots without a plan; unsafe: plans over memory that the machine guards,
that it refuses to load, or whose kernel does not come up; fw: boots on other firmware than the boot before`

/** The result as text: a line a host, sums, what moved and why, the rates, and last what it comes to. */
export function runTable(run: Run): string {
  const strategies = run.results[0]?.tallies.map((t) => t.strategy) ?? []
  const header = ['host', 'fw', ...strategies.flatMap((s) => COLUMNS.map(([title]) => `${s} ${title}`))]
  const body = run.results.map(({ host, tallies }) => [
    host,
    `${tallies[0]?.firmware_changes ?? 0}`,
    ...tallies.flatMap((t) => COLUMNS.map(([, field]) => `${t[field]}`)),
  ])
  const totals = [
    'all',
    `${strategies[0] ? totalsOf(run, strategies[0]).firmware_changes : 0}`,
    ...strategies.flatMap((s) => COLUMNS.map(([, field]) => `${totalsOf(run, s)[field]}`)),
  ]
  const rule = header.map(() => '')
  return [
    `seed ${run.seed}, ${run.boots} boots a host and strategy, ${run.results.length} hosts`,
    '',
    aligned([header, rule, ...body, rule, totals]),
    '',
    LEGEND,
    '',
    ...notes(run),
    aligned([['rate', 'value', 'fitted to'], ['', '', ''], ...rateRows(run.rates)]),
    '',
    lastLine(run),
    '',
  ].join('\n')
}

function rateRows(rates: Rates): string[][] {
  return Object.entries(RATE_TABLE).map(([name, { value, unit, fitted }]) => {
    const now = rates[name as keyof Rates]
    return [
      name,
      `${now}${unit === 'odds' ? '' : ` ${unit}`}`,
      now === value ? fitted : `given; else ${value}: ${fitted}`,
    ]
  })
}

/** First column left, numbers right, texts after the second column left where a row has three of them. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)))
  const isText = rows[0]?.length === 3
  return rows
    .map((cells) =>
      cells.every((cell) => cell === '')
        ? widths.map((w) => '-'.repeat(w)).join('  ')
        : cells
            .map((cell, i) =>
              i === 0 || isText ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
            )
            .join('  ')
            .trimEnd(),
    )
    .join('\n')
}

/** What the table alone does not say: moved pins with their causes, and the first violations of each strategy. */
function notes(run: Run): string[] {
  const lines = run.results.flatMap(({ host, tallies }) =>
    tallies.flatMap((t) => {
      const pinned = t.strategy === 'pinned'
      const moved = pinned ? [...t.shown.second, ...t.shown.unexplained] : []
      return [
        ...moved.map((m) => `${host}, boot ${m.boot}: ${m.kind} ${m.from} -> ${m.to}: ${m.because}`),
        ...(pinned ? t.shown.refusals : []).map((r) => `${host}, boot ${r.boot}: ${r.code}`),
        ...t.shown.violations
          .slice(0, pinned ? t.shown.violations.length : 1)
          .map((v) => `${host}, ${t.strategy}, boot ${v.boot}: ${v.code}: ${v.detail}`),
      ]
    }),
  )
  const unloaded = run.results.flatMap((r) => r.tallies).reduce((sum, t) => sum + t.no_loader, 0)
  const loader =
    unloaded > 0
      ? [`${unloaded} plans of kexec_tools have segments that no loader here makes: checked, not loaded`]
      : []
  return lines.length + loader.length > 0 ? [...lines, ...loader, ''] : []
}

function lastLine(run: Run): string {
  const pinned = totalsOf(run, 'pinned')
  const alone = totalsOf(run, 'kexec_file')
  return (
    `pinned: ${pinned.violations} violations, ${pinned.moves_unexplained} moves after the second boot ` +
    `(${pinned.moves_at_second} at the second), ${pinned.moves_with_firmware} with a firmware change; ` +
    `kexec_file: ${alone.moves} moves (${alone.kernel_moves} of the kernel), ${alone.violations} violations`
  )
}
