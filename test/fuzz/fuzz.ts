import { mutatedBlob } from './mutate-blob.ts'
import { mutatedText } from './mutate-text.ts'
import { readHost, spoiltHost } from './host.ts'
import { randomOf, type Random } from './random.ts'
import { READERS, type Input, type Outcome, type Target } from './readers.ts'

/** A target and what is known of it so far. */
export interface Tally {
  readonly name: string
  inputs: number
  accepted: number
  readonly ways: Set<string>
  slowestMs: number
}

export interface Failure {
  readonly target: string
  /** Says the input again, with the same seed. */
  readonly input: number
  readonly what: string
  readonly found: unknown
}

export interface Run {
  readonly tallies: readonly Tally[]
  readonly failures: readonly Failure[]
  readonly seconds: number
}

/** Every so many inputs a whole host is read and planned, which costs as much as dozens of single files. */
const HOST_EVERY = 20
/** Far above the slowest on any machine: it finds what never returns or grows with a power of its input. */
const MAX_SECONDS = 20
/** Inputs kept because they took a new way; the oldest real ones always stay. */
const MAX_KEPT = 500
const MAX_FAILURES = 20
/** Numbers differ from one input to the next where the failure does not. */
const NUMBER = /\d+/g

interface Corpus {
  readonly target: Target
  readonly kept: Input[]
  readonly tally: Tally
}

/**
 * Damages real inputs `runs` times and reads what comes out.
 *
 * An input that takes a way that none took before (another code, place or shape) is kept and damaged
 * further. One failure of each kind is reported; stops early only when they pile up.
 */
export function fuzz(runs: number, seed: number): Run {
  const random = randomOf(seed)
  const corpora = READERS.map((target) => ({ target, kept: [...target.seeds], tally: tallyOf(target.name) }))
  const hosts = tallyOf('host, and its plan')
  const failures = new Map<string, Failure>()
  const began = performance.now()
  for (let input = 0; input < runs && failures.size < MAX_FAILURES; input++) {
    const failure =
      input % HOST_EVERY === 0 ? tryHost(hosts, random) : tryReader(random.pick(corpora), random)
    const kind = failure && `${failure.target} ${failure.what.replace(NUMBER, '#').slice(0, 200)}`
    if (kind && !failures.has(kind)) failures.set(kind, { ...failure, input })
  }
  const seconds = (performance.now() - began) / 1000
  return { tallies: [...corpora.map(({ tally }) => tally), hosts], failures: [...failures.values()], seconds }
}

type Found = Omit<Failure, 'input'> | null

function tryReader({ target, kept, tally }: Corpus, random: Random): Found {
  // Half of the time a real one: what is damaged again and again is soon refused at its first line.
  const from = random.pick(random.once(2) ? target.seeds : kept)
  const input =
    typeof from === 'string'
      ? mutatedText(from, kept as readonly string[], random)
      : mutatedBlob(from, kept as readonly Uint8Array[], random)
  const { failure, isNew } = tried(tally, input, () => target.read(input))
  if (isNew) {
    if (kept.length < MAX_KEPT) kept.push(input)
    else kept[target.seeds.length + random.below(MAX_KEPT - target.seeds.length)] = input
  }
  return failure
}

function tryHost(tally: Tally, random: Random): Found {
  const input = spoiltHost(random)
  return tried(tally, input, () => readHost(input)).failure
}

function tried(tally: Tally, found: unknown, read: () => Outcome): { failure: Found; isNew: boolean } {
  const fail = (what: string) => ({ failure: { target: tally.name, what, found }, isNew: false })
  const began = performance.now()
  let outcome: Outcome
  try {
    outcome = read()
  } catch (error) {
    return fail(`threw ${error instanceof Error ? error.stack : String(error)}`)
  }
  const ms = performance.now() - began
  tally.inputs++
  tally.slowestMs = Math.max(tally.slowestMs, ms)
  if (outcome.accepted) tally.accepted++
  if (outcome.wrong) return fail(outcome.wrong)
  if (ms > MAX_SECONDS * 1000) return fail(`took ${ms} ms`)
  const isNew = !tally.ways.has(outcome.way)
  if (isNew) tally.ways.add(outcome.way)
  return { failure: null, isNew }
}

function tallyOf(name: string): Tally {
  return { name, inputs: 0, accepted: 0, ways: new Set(), slowestMs: 0 }
}

/** The figures of a run, a line a reader. */
export function reportOf({ tallies, failures, seconds }: Run, seed: number): string {
  const total = tallies.reduce((sum, tally) => sum + tally.inputs, 0)
  const rate = Math.round(total / seconds)
  return [
    `seed ${seed}: ${total} inputs in ${seconds.toFixed(1)} s, ${rate} a second, ${failures.length} failures`,
    `${'reader'.padEnd(20)} ${'inputs'.padStart(8)} ${'accepted'.padStart(8)} ${'ways'.padStart(5)} slowest`,
    ...tallies.map(
      ({ name, inputs, accepted, ways, slowestMs }) =>
        `${name.padEnd(20)} ${String(inputs).padStart(8)} ${String(accepted).padStart(8)} ${String(ways.size).padStart(5)} ${slowestMs.toFixed(1)} ms`,
    ),
  ].join('\n')
}
