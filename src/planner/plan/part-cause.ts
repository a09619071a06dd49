import type { SegmentKind, StrategyName } from '../names.ts'
import { hex } from '../bytes/phys-addr.ts'
import { rangeOfSize, subtract, type Range } from '../bytes/range.ts'
import { rangeOf } from '../place/segment.ts'
import type { Walk } from '../place/walk.ts'
import { cause, type Cause } from './cause.ts'
import { LOADER, whyClosed } from './closed.ts'
import type { Step } from './watch.ts'
import { exchange, found, type Host, type Part, type Side } from './exchange.ts'

/** What one exchanged part means, in words, with the ranges that show it. */
export function explainPart(
  part: Part,
  parts: readonly Part[],
  a: Side,
  b: Side,
  from: Walk,
  to: Walk,
  host: Host,
): Cause[] {
  const [left, right] = [LOADER[a.strategy], LOADER[b.strategy]]
  const { buf } = to
  switch (part) {
    case 'ranges':
      return rangeCauses(a, b, from, to, parts, host)
    case 'walk':
      return [walkCause(a, b, from, to)]
    case 'search':
      return [searchCause(a, b, from, to)]
    case 'memsz':
      return [sizeCause(a, b, from, to)]
    case 'align':
      return [
        cause(
          'alignment',
          `${left} aligns the ${buf.kind} to ${from.buf.align} bytes, ${right} to ${buf.align}.`,
        ),
      ]
    case 'limits':
    case 'taken':
      return [earlierCause(part, a, b, from, to)]
  }
}

/**
 * With all other parts exchanged, `from` finds some place by its own ranges and another by those of `to`: one
 * of the two is closed to one of them.
 */
function rangeCauses(a: Side, b: Side, from: Walk, to: Walk, parts: readonly Part[], host: Host): Cause[] {
  const without = exchange(
    from,
    to,
    parts.filter((part) => part !== 'ranges'),
  )
  const closed = (mem: number | null, ranges: readonly Range[]) =>
    mem === null ? [] : subtract([rangeOfSize(mem, without.buf.memsz)], ranges)
  const out = [
    ...whyClosed(closed(found(to), from.ranges), a.strategy, host.snapshot, host.map),
    ...whyClosed(closed(found(without), to.ranges), b.strategy, host.snapshot, host.map),
  ]
  if (out.length > 0) return out
  const sentence = `${LOADER[a.strategy]} and ${LOADER[b.strategy]} may book both places, but cut memory at other borders.`
  const gaps = gapsBeside(found(without), from.ranges, to.ranges)
  return [cause('range-borders', sentence, gaps), ...whyClosed(gaps, a.strategy, host.snapshot, host.map)]
}

/** What the other may book right below and above the range in which a place was found. */
function gapsBeside(place: number | null, own: readonly Range[], other: readonly Range[]): Range[] {
  const home = own.find((r) => place !== null && r.start <= place && place <= r.last)
  if (!home) return []
  return subtract(other, own).filter((r) => r.last + 1 === home.start || r.start === home.last + 1)
}

function walkCause(a: Side, b: Side, from: Walk, to: Walk): Cause {
  const way = ({ strategy }: Side, { buf, visits }: Walk) =>
    `${LOADER[strategy]} takes the ${buf.topDown ? 'highest' : 'lowest'} hole of the ${visits === 'descending' ? 'highest' : 'lowest'} range that has one`
  const code = from.buf.topDown === to.buf.topDown ? 'walk-order' : 'direction'
  return cause(code, `For the ${to.buf.kind} ${way(a, from)}, ${way(b, to)}.`)
}

function searchCause(a: Side, b: Side, from: Walk, to: Walk): Cause {
  const short = from.search === 'last-memsz' ? a : to.search === 'last-memsz' ? b : null
  if (!short) {
    return cause('tools-arithmetic', 'kexec-tools judges from its aligned start whether a range is enough.')
  }
  const sentence = `Up to 6.7 the kernel starts a top-down search one byte low, which costs ${LOADER[short.strategy]} one step of alignment.`
  return cause('top-down-off-by-one', sentence)
}

function sizeCause(a: Side, b: Side, from: Walk, to: Walk): Cause {
  const kept = [a, b].find(({ strategy, step }) => strategy === 'pinned' && step.outcome.ok)
  const segment = kept?.step.outcome.ok ? kept.step.outcome.value : null
  const { kind } = to.buf
  if (segment && segment.room > segment.memsz) {
    const more = segment.room - segment.memsz
    return cause('headroom', `A pinned plan keeps ${more} bytes more for the ${kind}, so that it may grow.`)
  }
  return otherSize(kind, [a.strategy, from.buf.memsz], [b.strategy, to.buf.memsz])
}

/** The same kind of segment in two sizes. Units: bytes. */
export function otherSize(
  kind: SegmentKind,
  [left, fills]: readonly [StrategyName, number],
  [right, other]: readonly [StrategyName, number],
): Cause {
  const why = OWN_SIZE[kind] ?? 'each makes its own'
  return cause(
    'size',
    `The ${kind} of ${LOADER[left]} fills ${fills} bytes, that of ${LOADER[right]} ${other}: ${why}.`,
  )
}

const OWN_SIZE: { readonly [kind: string]: string } = {
  purgatory: 'each carries a purgatory of its own build',
  boot_params: 'each lays out boot parameters, command line and setup_data in its own way',
  dtb: 'each edits the device tree in its own way',
  elfcorehdr: 'the kernel lists other CPUs and ranges, and keeps room for more',
}

/** Limits and taken ranges come from what was placed before, from the pins of others, or from the loader itself. */
function earlierCause(part: Part, a: Side, b: Side, from: Walk, to: Walk): Cause {
  const moved = movedBefore(a.step, b.step)
  if (moved.length > 0) {
    const kinds = [...new Set(moved.map((m) => m.kind))]
    const which = kinds.length === 1 ? `the ${kinds[0]}, which lies` : `${kinds.join(', ')}, which lie`
    return cause('follows', `Follows from ${which} elsewhere or in one of them only.`, moved.map(rangeOf))
  }
  if (part === 'taken') {
    const held = subtract(to.taken, from.taken).concat(subtract(from.taken, to.taken))
    return cause('pins-kept-free', 'A pinned plan keeps clear of room and pins of other segments.', held)
  }
  const limit = ({ min, max }: Walk['buf']) => `${hex(min)}-${hex(max)}`
  const sentence = `${LOADER[a.strategy]} looks within ${limit(from.buf)}, ${LOADER[b.strategy]} within ${limit(to.buf)}.`
  return cause('limits', sentence)
}

/** What one of them placed before, and the other not there. */
function movedBefore(a: Step, b: Step) {
  const lacks = (them: Step['placed'], s: Step['placed'][number]) =>
    !them.some((t) => t.kind === s.kind && t.mem === s.mem && t.memsz === s.memsz)
  return [...b.placed.filter((s) => lacks(a.placed, s)), ...a.placed.filter((s) => lacks(b.placed, s))]
}
