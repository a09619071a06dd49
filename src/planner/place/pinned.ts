import { hex, MAX_PHYS_ADDR, physAddr } from '../bytes/phys-addr.ts'
import { contains, firstNotBelow, overlaps, range, rangeOfSize, type Range } from '../bytes/range.ts'
import { err, ok } from '../bytes/result.ts'
import type { Placer } from '../arch/arch.ts'
import type { NamedRange } from '../memory/memory-map.ts'
import { roomFor } from '../pin/headroom.ts'
import type { Pin } from '../pin/pin.ts'
import type { PinPolicy } from '../pin/policy.ts'
import type { KexecBuf } from './kexec-buf.ts'
import { rangeOf, type LeftPin, type Segment } from './segment.ts'
import { searchAgain } from './search-again.ts'
import type { Walk } from './walk.ts'

/** Where pins may lie: each is part of the next. All ascending. */
export interface Grounds {
  /** Free in every remembered boot, and away from what moves from boot to boot. */
  readonly calm: readonly Range[]
  readonly stable: readonly Range[]
  /** Bookable (strict) today. */
  readonly today: readonly Range[]
}

export interface Pinning {
  readonly grounds: Grounds
  /** Those of one purpose. */
  readonly pins: readonly Pin[]
  readonly pageSize: number
  readonly policy: PinPolicy
  /** A number from 0 up to 1 for each kind that policy wants at random. */
  readonly draw: (kind: KexecBuf['kind']) => number
  /** What is in the way of booking a range today; null where nothing is. */
  readonly holder: (wanted: Range) => NamedRange | null
}

/**
 * The host's pins where they hold today. A segment without one gets the first hole in the loader's direction;
 * one whose pin no longer holds, the place nearest to it, and of two as near the lower.
 *
 * Calm ground goes before stable ground, that before today's; and on each a place with room to grow before one
 * without. All keep clear of the pins of segments that come later, until nothing else is left.
 *
 * Units: bytes. Errors: `no-hole` of the last search.
 */
export function pinned(pinning: Pinning): Placer {
  const { grounds, pins, policy } = pinning
  const search = searchAgain()
  const holds = heldOnce(pinning)
  return (buf, placed) => {
    const taken = placed.map(rangeOf)
    const isRandom = policy.random.includes(buf.kind)
    const pin = isRandom ? undefined : pins.find((p) => p.kind === buf.kind)
    const left = pin && whyNot(pin, buf, taken, holds)
    if (pin && !left) {
      const room = Math.max(pin.room + buf.offset, buf.memsz)
      return ok(segmentAt(Number(pin.mem) - buf.offset, buf, room, 'kept-pin', 'the pin holds'))
    }

    const rooms = placed.map((s) => rangeOfSize(s.mem, s.room))
    const others = pins
      .filter((p) => p.kind !== buf.kind && !placed.some((s) => s.kind === p.kind))
      .map(roomOf)
    const aim: Aim = isRandom
      ? { draw: pinning.draw(buf.kind) }
      : pin
        ? { near: Number(pin.mem) - buf.offset }
        : {}
    const roomy = isRandom ? buf : { ...buf, memsz: roomFor(buf, pinning.pageSize, policy.headroom) }
    const clear = [...rooms, ...others]
    const { calm, stable, today } = grounds
    // A secret anywhere is better hidden than one on the little ground that is calm.
    const tiers = isRandom ? [today] : [calm, stable, today]
    const tries = [
      ...tiers.flatMap((ground) => [
        walkOf(roomy, ground, clear, aim),
        walkOf(buf, ground, [...taken, ...others], aim),
      ]),
      walkOf(buf, today, taken, aim),
    ]
    const chosen = isRandom ? 'random' : left ? 'moved-pin' : 'new-pin'
    const because = left ? `moved from ${left.pin.mem}: ${left.cause}` : isRandom ? RANDOM : 'no pin yet'
    for (const [i, walk] of tries.entries()) {
      const hole = search(walk)
      const walks = tries.slice(0, i + 1)
      if (hole.ok) {
        const segment = segmentAt(hole.value, buf, walk.buf.memsz, chosen, because)
        return ok({ ...segment, walks, ...(left ? { left } : {}) })
      }
      if (i === tries.length - 1) return err({ ...hole.error, walks })
    }
    throw new Error('the last search either finds a place or says why not')
  }
}

const RANDOM = 'policy places it at random'

type Aim = Pick<Walk, 'near' | 'draw'>

/** Why a pin does not hold today; undefined where it does. */
function whyNot(
  pin: Pin,
  buf: KexecBuf,
  taken: readonly Range[],
  holds: (wanted: Range) => Held,
): LeftPin | undefined {
  const left = (cause: string, by: NamedRange | null = null): LeftPin => ({ pin, cause, by })
  const mem = Number(pin.mem) - buf.offset
  if (mem < 0) return left(`below ${hex(buf.offset)}, the kernel's text_offset`)
  if (mem % buf.leastAlign !== 0) return left(`not aligned to ${hex(buf.leastAlign)}`)
  if (mem < buf.min) return left(`below ${hex(buf.min)}, the lowest that the loader allows here`)
  if (mem + buf.memsz - 1 > buf.max)
    return left(`above ${hex(buf.max)}, the highest that the loader allows here`)
  const wanted = rangeOfSize(mem, buf.memsz)
  const hit = taken.find((t) => overlaps(t, wanted))
  if (hit) {
    const by = { range: hit, why: 'another segment of this plan' }
    return left(`${hex(hit.start)}-${hex(hit.last)} is taken by another segment of this plan`, by)
  }
  const { free, by } = holds(wanted)
  if (free) return undefined
  const what = by ? `: ${hex(by.range.start)}-${hex(by.range.last)} is ${by.why}` : ''
  return left(`${hex(wanted.start)}-${hex(wanted.last)} is not free on this boot${what}`, by)
}

/** Whether a range is free today, and if not, what is in the way. */
interface Held {
  readonly free: boolean
  readonly by: NamedRange | null
}

/** A loader that begins anew asks for the same pins again: what holds them is looked for once. */
function heldOnce({ grounds: { today }, holder }: Pinning): (wanted: Range) => Held {
  const known = new Map<string, Held>()
  return (wanted) => {
    const key = `${wanted.start} ${wanted.last}`
    const before = known.get(key)
    if (before) return before
    const around = today[firstNotBelow(today, wanted.start)]
    const free = around !== undefined && contains(around, wanted)
    const held = { free, by: free ? null : holder(wanted) }
    known.set(key, held)
    return held
  }
}

/** Always by the newest arithmetic and from the top: a pin must outlive the release that it began under. */
function walkOf(buf: KexecBuf, ranges: readonly Range[], taken: readonly Range[], aim: Aim): Walk {
  return {
    buf,
    ranges,
    visits: buf.topDown ? 'descending' : 'ascending',
    taken,
    search: 'last-memsz+1',
    ...aim,
  }
}

/** However much room a pin claims, memory ends somewhere. */
function roomOf({ mem, room }: Pin): Range {
  return range(Number(mem), Math.min(Number(mem) + room - 1, MAX_PHYS_ADDR))
}

function segmentAt(
  mem: number,
  buf: KexecBuf,
  room: number,
  chosen: Segment['chosen'],
  because: string,
): Segment {
  const { kind, bufsz, memsz, align } = buf
  return { kind, mem: physAddr(mem), bufsz, memsz, align, room, chosen, because }
}
