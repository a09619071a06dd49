import { hex, physAddr } from '../bytes/phys-addr.ts'
import { contains, inBoth, overlaps, rangeOfSize, type Range } from '../bytes/range.ts'
import { err, ok } from '../bytes/result.ts'
import type { Placer } from '../arch/arch.ts'
import { roomFor } from '../pin/headroom.ts'
import type { Pin } from '../pin/pin.ts'
import type { KexecBuf } from './kexec-buf.ts'
import { rangeOf, type Segment } from './segment.ts'
import { searchWalk, type Walk } from './walk.ts'

/**
 * The host's pins where they hold in `strict`; where there is none, or one no longer holds, the first
 * hole that the loader's direction gives in the `ground`: what is bookable (strict) in every remembered boot. Where the
 * ground has no hole, today's strict view decides.
 *
 * A new place leaves room for growth, and keeps clear of the pins of the segments that come later;
 * where that leaves no hole, first the room goes, then the others' pins.
 *
 * Units: bytes. `pins` are those of one purpose.
 */
export function pinned(
  strict: readonly Range[],
  history: readonly (readonly Range[])[],
  pins: readonly Pin[],
  pageSize: number,
): Placer {
  const ground = history.reduce<readonly Range[]>((all, boot) => inBoth(all, boot), strict)
  return (buf, placed) => {
    const pin = pins.find((p) => p.kind === buf.kind)
    const taken = placed.map(rangeOf)
    const broken = pin ? whyNot(pin, buf, strict, taken) : null
    if (pin && broken === null) {
      const room = Math.max(pin.room + buf.offset, buf.memsz)
      return ok(segmentAt(Number(pin.mem) - buf.offset, buf, room, 'kept-pin', 'the pin holds'))
    }

    const rooms = placed.map((s) => rangeOfSize(s.mem, s.room))
    const others = pins
      .filter((p) => p.kind !== buf.kind && !placed.some((s) => s.kind === p.kind))
      .map(roomOf)
    const roomy = { ...buf, memsz: roomFor(buf, pageSize) }
    const tries: readonly Walk[] = [
      walkOf(roomy, ground, [...rooms, ...others]),
      walkOf(roomy, strict, [...rooms, ...others]),
      walkOf(buf, strict, [...taken, ...others]),
      walkOf(buf, strict, taken),
    ]
    const because = broken === null ? 'no pin yet' : `moved from ${pin?.mem}: ${broken}`
    const chosen = broken === null ? 'new-pin' : 'moved-pin'
    for (const [i, walk] of tries.entries()) {
      const hole = searchWalk(walk)
      const walks = tries.slice(0, i + 1)
      if (hole.ok) return ok({ ...segmentAt(hole.value, buf, walk.buf.memsz, chosen, because), walks })
      if (i === tries.length - 1) return err({ ...hole.error, walks })
    }
    throw new Error('the last search either finds a place or says why not')
  }
}

/** Why a pin does not hold today, as a clause; null where it does. */
function whyNot(pin: Pin, buf: KexecBuf, strict: readonly Range[], taken: readonly Range[]): string | null {
  const mem = Number(pin.mem) - buf.offset
  if (mem < 0) return `below ${hex(buf.offset)}, the kernel's text_offset`
  const wanted = rangeOfSize(mem, buf.memsz)
  if (mem % buf.align !== 0) return `not aligned to ${hex(buf.align)}`
  if (mem < buf.min) return `below ${hex(buf.min)}, the lowest that the loader allows here`
  if (wanted.last > buf.max) return `above ${hex(buf.max)}, the highest that the loader allows here`
  const inTheWay = taken.find((t) => overlaps(t, wanted))
  if (inTheWay) return `${hex(inTheWay.start)}-${hex(inTheWay.last)} is taken by another segment of this plan`
  if (!strict.some((free) => contains(free, wanted))) {
    return `${hex(wanted.start)}-${hex(wanted.last)} is not free on this boot`
  }
  return null
}

/** Always by the newest arithmetic and from the top: a pin must outlive the release that it began under. */
function walkOf(buf: KexecBuf, ranges: readonly Range[], taken: readonly Range[]): Walk {
  return { buf, ranges, visits: buf.topDown ? 'descending' : 'ascending', taken, search: 'last-memsz+1' }
}

function roomOf(pin: Pin): Range {
  return rangeOfSize(Number(pin.mem), pin.room)
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
