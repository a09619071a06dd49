import { hex } from '../bytes/phys-addr.ts'
import { intersection, rangeOfSize, type Range } from '../bytes/range.ts'
import type { Walk } from '../place/walk.ts'
import { cause, type Cause } from './cause.ts'
import { LOADER } from './closed.ts'
import { exchange, fewest, found, PARTS, same, type Host, type Side } from './exchange.ts'
import { explainPart } from './part-cause.ts'
import type { Step } from './watch.ts'

/** Beyond so many ranges a search costs too much to make it for every set of parts. */
const MANY_RANGES = 2000

/**
 * Why two loaders put the same segment at different places.
 *
 * By experiment: `a`'s search is made again with parts of `b`'s, the fewest that are needed until it
 * finds what `b` found. Those parts are the cause; for memory that is open to one of them only, the
 * snapshot's sources say why.
 */
export function whyDifferent(a: Side, b: Side, host: Host): Cause[] {
  const pin = keptPin(b) ?? keptPin(a)
  if (pin) return [pin]
  const [from, to] = [walkOf(a.step, host.area), walkOf(b.step, host.area)]
  if (!from || !to) return [unknown(a, b)]
  const wanted = found(to)
  const differing = PARTS.filter((part) => !same(part, from, to))
  const cheaply = from.ranges.length + to.ranges.length > MANY_RANGES
  const parts = fewest(differing, cheaply, (some) => found(exchange(from, to, some)) === wanted)
  if (parts.length === 0) return [unknown(a, b)]
  const causes = parts.flatMap((part) => explainPart(part, parts, a, b, from, to, host))
  return causes.filter((c, i) => causes.findIndex((other) => other.sentence === c.sentence) === i)
}

function keptPin({ strategy, step }: Side): Cause | null {
  if (strategy !== 'pinned' || !step.outcome.ok || step.outcome.value.chosen !== 'kept-pin') return null
  const { mem, memsz } = step.outcome.value
  return cause('kept-pin', `A pinned plan keeps its pin at ${hex(mem)}; it searches nothing.`, [
    rangeOfSize(mem, memsz),
  ])
}

/** The search that decided. For a crash kernel every loader is bounded by the reservation, each in its own way. */
function walkOf(step: Step, area: Range | null): Walk | null {
  const walks = step.outcome.ok ? step.outcome.value.walks : step.outcome.error.walks
  const walk = walks?.at(-1) ?? null
  if (!walk || !area) return walk
  const ranges = walk.ranges.map((r) => intersection(r, area)).filter((r) => r !== null)
  const { min, max } = walk.buf
  const buf = { ...walk.buf, min: Math.max(min, area.start), max: Math.min(max, area.last) }
  const bounded = { ...walk, buf, ranges }
  return found(bounded) === found(walk) ? bounded : walk
}

function unknown(a: Side, b: Side): Cause {
  const sentence = `No cause was found for which ${LOADER[a.strategy]} and ${LOADER[b.strategy]} would differ here.`
  return cause('cause-unknown', sentence)
}
