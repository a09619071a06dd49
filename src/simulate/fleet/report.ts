import { CHECKS } from './checks/index.ts'
import { only, type Checked, type History } from './history.ts'
import type { FleetRun } from './run.ts'

export interface Verdict {
  readonly invariant: string
  readonly checked: Checked
}

/** Every invariant on what was seen. */
export function verdictsOf({ history }: Pick<FleetRun, 'history'>): Verdict[] {
  return Object.entries(CHECKS).map(([invariant, check]) => ({ invariant, checked: check(history) }))
}

export function violationsOf(verdicts: readonly Verdict[]): number {
  return verdicts.reduce((sum, { checked }) => sum + checked.violations.length, 0)
}

/** Violations of one invariant that are shown; the first explains the others more often than not. */
const MAX_SHOWN = 5

/** A run as text: what there was, what was done to it, what held; the last line is the result. */
export function fleetTable(run: FleetRun, verdicts: readonly Verdict[] = verdictsOf(run)): string {
  const { history, options, realMs, digest } = run
  const count = (what: Parameters<typeof only>[1]): number => only(history, what).length
  const hours = (history.last - history.start) / 3_600_000
  const rows: (readonly [string, string | number])[] = [
    ['agents', options.agents],
    ['virtual hours', hours.toFixed(1)],
    ['real seconds', (realMs / 1000).toFixed(0)],
    ['grants', grantsIn(history)],
    ['loads', count('loaded')],
    ['jumps', count('jumped')],
    ['boots', count('booted')],
    ['service kills', killsIn(history)],
    ['commands', count('commanded')],
    ...tally(history.members.map((m) => `hosts ${m.state}`)),
    ...tally(only(history, 'fault').map((f) => `fault: ${f.kind}`)),
    ['fault: power cut', count('power-cut')],
    ['fault: all is ill or silent', history.illnesses.length],
  ]
  const checks = verdicts.map(({ invariant, checked }): readonly string[] => [
    invariant,
    `checked ${checked.looked}`,
    `violations ${checked.violations.length}`,
  ])
  const shown = verdicts.flatMap(({ invariant, checked }) =>
    checked.violations.slice(0, MAX_SHOWN).map((v) => `${invariant}: ${v}`),
  )
  return [
    ...aligned(rows.map(([name, value]) => [name, `${value}`])),
    '',
    ...aligned(checks),
    '',
    ...(shown.length > 0 ? [...shown, ''] : []),
    `history ${digest.slice(0, 16)}`,
    `seed ${options.seed}: ${violationsOf(verdicts)} violations`,
    '',
  ].join('\n')
}

const SEED_COLUMNS = [
  ...[
    'seed',
    'agents',
    'virtual hours',
    'grants',
    'jumps',
    'kills',
    'faults',
    'checked',
    'violations',
    'seconds',
  ],
]

/** The head of a table in Markdown, with a line for each seed. */
export const SEED_TABLE = `${row(SEED_COLUMNS)}${row(SEED_COLUMNS.map(() => '---:'))}`

/** A run as one line of that table. */
export function seedLine(run: FleetRun, verdicts: readonly Verdict[] = verdictsOf(run)): string {
  const { history, options, realMs } = run
  return row([
    options.seed,
    options.agents,
    ((history.last - history.start) / 3_600_000).toFixed(1),
    grantsIn(history),
    only(history, 'jumped').length,
    killsIn(history),
    only(history, 'fault').length + only(history, 'power-cut').length,
    verdicts.reduce((sum, { checked }) => sum + checked.looked, 0),
    violationsOf(verdicts),
    (realMs / 1000).toFixed(0),
  ])
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |\n`
}

function grantsIn(history: History): number {
  return new Set(only(history, 'handed-out').map((h) => `${h.rollout} ${h.fence}`)).size
}

function killsIn(history: History): number {
  return only(history, 'service').filter((s) => s.is === 'killed').length
}

function tally(names: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  )
}
