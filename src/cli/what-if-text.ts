import type { z } from 'zod'
import type { HoleHost, WhatIfHost, WhatIfLine, WhatIfSummary } from '../wire/what-if.ts'
import { exactSize } from './size.ts'

export type Line = z.infer<typeof WhatIfLine>
export type Summary = z.infer<typeof WhatIfSummary>['summary']
type HostLine = Exclude<Line, { summary: unknown }>

/** As wide as the longest verdict: lines come one by one, and cannot wait for the widest. */
const VERDICT_WIDTH = 'no-snapshot'.length

export function isSummary(line: Line): line is z.infer<typeof WhatIfSummary> {
  return 'summary' in line
}

/** One host in one line: verdict, host, and why. */
export function hostLine(line: HostLine): string {
  const why = line.error
    ? `${line.error.detail} (${line.error.code})`
    : 'today' in line
      ? room(line)
      : load(line)
  return `${line.verdict.padEnd(VERDICT_WIDTH)}  ${line.hostname} (${line.host})  ${why}`.trimEnd() + '\n'
}

/** How many hosts of each verdict, and who lacks the most. */
export function summaryText(summary: Summary): string {
  const { hosts, no_snapshot, errors, worst, not_selected } = summary
  const verdicts =
    'refuses' in summary ? loadVerdicts(summary) : { has: summary.has, 'has-not': summary.has_not }
  const counted = Object.entries({ ...verdicts, 'no-snapshot': no_snapshot, error: errors })
    .filter(([, n]) => n > 0)
    .map(([verdict, n]) => `${verdict} ${n}`)
  const lines = [`${hosts} ${hosts === 1 ? 'host' : 'hosts'}: ${counted.join(', ') || 'nobody was asked'}`]
  if (worst) lines.push(`${worst.hostname} (${worst.host}) lacks the most: ${worst.short_by} bytes`)
  if (not_selected.length > 0) lines.push(`not among the hosts: ${not_selected.join(', ')}`)
  if ('assumptions' in summary) lines.push(...summary.assumptions.map(({ detail }) => `assumed: ${detail}`))
  return lines.map((line) => `${line}\n`).join('')
}

function loadVerdicts({ fits, moves, places, refuses, other_arch }: Extract<Summary, { refuses: number }>) {
  return { fits, moves, places, refuses, 'other-arch': other_arch }
}

function load({ segments, moves, refusal, verdict, arch }: WhatIfHost): string {
  if (verdict === 'other-arch') return `the image is not for ${arch}`
  const changed = changeText({ moves, refusal })
  if (changed !== null || verdict === 'no-snapshot') return changed ?? ''
  return segments.map(({ kind, mem }) => `${kind} ${mem}`).join(', ')
}

/** Why there would be no plan, or what would move; null where neither is so. */
export function changeText({ moves, refusal }: Pick<WhatIfHost, 'moves' | 'refusal'>): string | null {
  if (refusal) {
    const { because, code, short_by, change, nearest } = refusal
    const short = short_by === null ? [] : [`${short_by} bytes short`]
    const place = nearest ? [`nearest place ${nearest.mem} with room for ${exactSize(nearest.room)}`] : []
    return [`${because} (${code})`, ...short, ...place, ...(change ? [change.sentence] : [])].join('; ')
  }
  if (moves.length === 0) return null
  return moves.map(({ kind, from, to, because }) => `${kind} ${from} to ${to}: ${because}`).join('; ')
}

function room({ today, stable }: HoleHost): string {
  if (!today) return ''
  const of = ({ largest, short_by }: NonNullable<HoleHost['today']>) =>
    `${largest ? `${exactSize(largest.bytes)} at ${largest.start}` : 'none'}${short_by > 0 ? `, ${short_by} bytes short` : ''}`
  const always = stable ? [`in each of ${stable.boots} boots: ${of(stable)}`] : []
  return [`today: ${of(today)}`, ...always].join('; ')
}
