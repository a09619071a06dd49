import { hex, type MemoryMap, type NoHoleFailure, type Pin, type Range } from '../planner/index.ts'
import { overlaps, range, rangeOfSize, sizeOf } from '../planner/bytes/range.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import { neighbours } from '../planner/plan/neighbours.ts'

/** A hole that was looked at and would not do. */
export interface RefusedHole {
  /** From 1 on, in the order in which the loader looked. */
  readonly number: number
  readonly range: Range
  readonly code: string
  /** What it lacks. Units: bytes; null where it is not for want of room. */
  readonly short: number | null
  readonly by: { readonly range: Range; readonly what: string } | null
  /** What ends it below and above: that would have to go for it to grow. Null where there are many larger ones. */
  readonly between: { readonly below: string; readonly above: string } | null
  readonly sentence: string
}

/** What had no place. Units: bytes. */
export interface Wanted {
  readonly kind: NoHoleFailure['buf']['kind']
  readonly memsz: number
  readonly align: number
  readonly min: number
  /** Null where there is no limit. */
  readonly max: number | null
  readonly topDown: boolean
}

/** Whoever wants to make room looks at the largest holes; each look goes through the whole map. */
const MOST_BETWEEN = 100

export function wantedOf({ buf }: NoHoleFailure): Wanted {
  const { kind, memsz, align, min, max, top_down } = buf
  return {
    kind,
    memsz,
    align,
    min: Number(min),
    max: max === null ? null : Number(max),
    topDown: top_down,
  }
}

/** Every range that was walked, numbered, with what it lacks or who is in the way. */
export function refusedHoles(failure: NoHoleFailure, map: MemoryMap, pins: readonly Pin[]): RefusedHole[] {
  const wanted = wantedOf(failure)
  const sizes = failure.refusals.map(({ range: r }, i) => ({ i, size: sizeOf(toRange(r)) }))
  const largest = new Set(
    sizes
      .sort((a, b) => b.size - a.size || a.i - b.i)
      .slice(0, MOST_BETWEEN)
      .map(({ i }) => i),
  )
  return failure.refusals.map((refusal, i) => {
    const at = toRange(refusal.range)
    const taken = refusal.by ? toRange(refusal.by) : null
    const by = taken && { range: taken, what: takenBy(taken, pins) }
    const short = refusal.short ?? null
    return {
      number: i + 1,
      range: at,
      code: refusal.because,
      short,
      by,
      between: largest.has(i) ? neighbours(at, map) : null,
      sentence: sentenceOf(refusal.because, short, by, wanted),
    }
  })
}

function sentenceOf(code: string, short: number | null, by: RefusedHole['by'], wanted: Wanted): string {
  switch (code) {
    case 'too-small':
      return `too small, ${sizeText(short ?? 0)} short`
    case 'no-aligned-hole':
      return `no aligned hole within the limits, ${sizeText(short ?? 0)} short`
    case 'below-min':
      return `below ${hex(wanted.min)}, the lowest allowed`
    case 'above-max':
      return `above ${hex(wanted.max ?? 0)}, the highest allowed`
    case 'taken':
      return by ? `in the way: ${by.what} at ${hex(by.range.start)} (${sizeText(sizeOf(by.range))})` : 'taken'
    case 'wrapped':
      return "the kernel's arithmetic runs below zero here, and it gives up"
    default:
      return code
  }
}

function takenBy(taken: Range, pins: readonly Pin[]): string {
  const pin = pins.find(({ mem, room }) => overlaps(taken, rangeOfSize(Number(mem), room)))
  return pin ? `the pin of the ${pin.kind}` : 'a segment placed before'
}

function toRange({ start, last }: { readonly start: string; readonly last: string }): Range {
  return range(Number(start), Number(last))
}
