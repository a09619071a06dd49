import { explainFailure } from './explain.ts'
import type { Cause } from './cause.ts'
import type { Comparison, ComparedLoad } from './compare.ts'

const KIND = 14
const PLACE = 16

/** A comparison as text: a table of places, then every difference with its causes. */
export function compareText(comparison: Comparison): string {
  const { purpose, loads, segments, findings, command, crashkernel } = comparison
  const head = ['', ...loads.map((l) => l.strategy)]
  const rows = segments.map(({ kind, places }) => [
    kind,
    ...loads.map((l) => places.find((p) => p.strategy === l.strategy)?.mem ?? '-'),
  ])
  const lines = [
    `placements for a ${purpose}`,
    '',
    row(head),
    ...rows.map(row),
    '',
    ...loads.flatMap(loadLines),
  ]
  const different = segments.flatMap(({ kind, differences }) =>
    differences.flatMap(({ between, causes }) => [
      `${kind}: ${between.join(' and ')} differ`,
      ...causes.flatMap(causeLines),
    ]),
  )
  lines.push(...(different.length > 0 ? different : ['every strategy chooses the same places']))
  if (findings.length > 0) lines.push('', ...findings.map((f) => `${f.severity} ${f.code}: ${f.sentence}`))
  if (crashkernel)
    lines.push('', crashkernel.sentence, ...crashkernel.assumptions.map((a) => `  assumed: ${a}`))
  if (command) lines.push('', ...commandLines(command))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function row([kind = '', ...places]: readonly string[]): string {
  return [kind.padEnd(KIND), ...places.map((p) => p.padStart(PLACE))].join('')
}

function loadLines({ strategy, plan, failure }: ComparedLoad): string[] {
  if (failure) return [`${strategy}: ${failure.code}: ${explainFailure(failure)}`]
  return plan ? [`${strategy}: rules ${plan.rules}, determinism ${plan.determinism}`] : []
}

function causeLines({ code, ranges, sentence }: Cause): string[] {
  // What a segment follows from is in the table already.
  const shown = code === 'follows' ? [] : ranges
  return [`  ${code}: ${sentence}`, ...shown.map((r) => `    ${r.start}-${r.last}`)]
}

/** The command of kexec-tools, what it pins, and what it cannot. */
export function commandLines(command: NonNullable<Comparison['command']>): string[] {
  const moved = command.moved.map(({ kind, planned, tool }) =>
    tool === null
      ? `  ${kind}: the tool makes none (planned ${planned})`
      : `  ${kind}: the tool puts it at ${tool} (planned ${planned})`,
  )
  return [
    command.command,
    `  pins: ${command.pinned.join(', ') || 'nothing'}`,
    ...moved,
    ...command.limits.map((limit) => `  ${limit.code}: ${limit.sentence}`),
  ]
}
