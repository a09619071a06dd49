import { Bench } from 'tinybench'
import { SHORT } from './short.ts'

/** What several rounds of one thing took. Units: microseconds. */
export interface Timing {
  /** By the clock: the median of the rounds' medians. */
  readonly median: number
  /** The median of the rounds' distances from that. */
  readonly mad: number
  /** Of the processor, whichever thread: the median of the rounds. The steadier figure where a machine is shared. */
  readonly cpu: number
  readonly rounds: number
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number
  /** For each thing in each round; at least once. */
  readonly milliseconds: number
  /** After three rounds at least, no other is begun once these are over. */
  readonly seconds: number
}

export const EFFORT: Effort = SHORT
  ? { rounds: 1, milliseconds: 2, seconds: 1 }
  : { rounds: 9, milliseconds: 150, seconds: 60 }

interface Round {
  readonly median: number
  readonly cpu: number
}

/**
 * Times several things side by side: each round runs one after the other, so that a machine that slows down in the
 * middle slows all of them. What comes from outside gives its own figures.
 */
export function sideBySide(
  things: readonly (() => unknown)[],
  effort: Effort = EFFORT,
  outside: readonly (() => Round)[] = [],
): Timing[] {
  const tasks = [...outside, ...things.map((thing) => () => oneRound(thing, effort.milliseconds))]
  // The first round of each warms it up.
  if (!SHORT) for (const task of tasks) task()
  const rounds: Round[][] = tasks.map(() => [])
  const started = performance.now()
  for (let round = 0; round < effort.rounds; round++) {
    if (round >= 3 && performance.now() - started > effort.seconds * 1000) break
    for (const [i, task] of tasks.entries()) rounds[i]?.push(task())
  }
  return rounds.map(timingOf)
}

function oneRound(thing: () => unknown, milliseconds: number): Round {
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, throws: true })
  bench.add('it', () => void thing(), { async: false })
  const before = process.cpuUsage()
  const [task] = bench.runSync()
  const { user, system } = process.cpuUsage(before)
  if (task?.result.state !== 'completed') throw new Error('a bench that did not run has no figures')
  const { p50, samplesCount } = task.result.latency
  return { median: p50 * 1000, cpu: (user + system) / samplesCount }
}

function timingOf(rounds: readonly Round[]): Timing {
  const median = medianOf(rounds.map((round) => round.median))
  return {
    median,
    mad: medianOf(rounds.map((round) => Math.abs(round.median - median))),
    cpu: medianOf(rounds.map((round) => round.cpu)),
    rounds: rounds.length,
  }
}

export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** The exponent of growth: the slope of the line through what was measured, sizes and times as logarithms. */
export function exponentOf(points: readonly { readonly size: number; readonly time: number }[]): number {
  const logs = points.map(({ size, time }) => ({ x: Math.log(size), y: Math.log(time) }))
  const mean = (of: (p: { x: number; y: number }) => number) =>
    logs.reduce((sum, p) => sum + of(p), 0) / logs.length
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)]
  return mean((p) => (p.x - x) * (p.y - y)) / mean((p) => (p.x - x) ** 2)
}

/** Three digits that count, or whole numbers with commas. Units: as given. */
export function shown(n: number): string {
  return n >= 100 ? Math.round(n).toLocaleString('en') : n.toPrecision(3)
}
