import { diffText } from '../planner/index.ts'
import { ALARM, BOLD, LEAST_COLUMNS, lineOf, SGR } from './ansi.ts'
import type { DiffPicture } from './diff-picture.ts'
import type { TextOptions } from './map-text.ts'

const VERDICT_SGR = { holds: SGR.gained, 'at-risk': SGR['pin-at-risk'], broken: ALARM } as const

/** A diff of two boots for a terminal: what changed, line by line, and what becomes of each pin. */
export function diffMapText({ title, names, diff, drift }: DiffPicture, options: TextOptions): string {
  const columns = Math.max(LEAST_COLUMNS, options.columns)
  const { colour } = options
  const told = diffText(diff).trimEnd().split('\n')
  return [
    ...(title ? [lineOf([{ text: title, sgr: BOLD }], columns, colour)] : []),
    lineOf([{ text: `${names[0]} → ${names[1]}` }], columns, colour),
    ...told.map((line) => lineOf([{ text: line }], columns, colour)),
    ...(drift.length > 0 ? [''] : []),
    ...drift.map(({ purpose, kind, mem, verdict, sentence }) =>
      lineOf(
        [
          { text: verdict.padEnd(8), sgr: VERDICT_SGR[verdict] },
          { text: `${purpose} ${kind} ${mem}: ${sentence}` },
        ],
        columns,
        colour,
      ),
    ),
    '',
  ].join('\n')
}
