import { hex, MAX_PHYS_ADDR } from '../bytes/phys-addr.ts'
import { range, subtract, type Range } from '../bytes/range.ts'
import { crashArea } from '../kdump/crash-area.ts'
import type { MemoryMap, NamedRange } from '../memory/memory-map.ts'
import { whoHolds } from '../memory/who-holds.ts'
import type { Pin } from './pin.ts'

export const DRIFT_VERDICTS = ['holds', 'at-risk', 'broken'] as const
export type DriftVerdict = (typeof DRIFT_VERDICTS)[number]

/** Whether one pin still holds in a boot. */
export interface PinDrift {
  readonly purpose: Pin['purpose']
  readonly kind: Pin['kind']
  /** Lowercase hex. */
  readonly mem: string
  /**
   * - `broken`: the segment does not fit there now.
   * - `at-risk`: it does, but the room behind it is not free, or a remembered boot did not have the place free.
   */
  readonly verdict: DriftVerdict
  readonly sentence: string
  /** The range in the way, and what it is; null where the pin holds, or where nothing is there at all. */
  readonly by: NamedRange | null
}

/** What a boot looks like to a pin. */
interface Boot {
  readonly map: MemoryMap
  readonly own: readonly Range[]
  readonly grounds: readonly (readonly Range[])[]
  readonly excepted: readonly Range[]
}

/**
 * Judges each pin by one boot.
 *
 * `sizes`: memsz as last planned, by purpose and kind with a space between; the pin's room where there is none.
 * `own`: the segments of the plan that booted the running kernel. `grounds`: the strict views of remembered boots;
 * a crash kernel's pins lie in its reservation, of which each boot's own counts alone. `excepted`: protected memory
 * that the next boot does without; no remembered boot needs to have had it free.
 *
 * Units: bytes.
 */
export function driftOf(
  pins: readonly Pin[],
  sizes: ReadonlyMap<string, number>,
  map: MemoryMap,
  own: readonly Range[],
  grounds: readonly (readonly Range[])[],
  excepted: readonly Range[] = [],
): readonly PinDrift[] {
  return pins.map((pin) => {
    const { purpose, kind, mem, room } = pin
    const size = sizes.get(`${purpose} ${kind}`) ?? room
    const segment = bytesFrom(Number(mem), size)
    const whole = bytesFrom(Number(mem), Math.max(size, room))
    const judged =
      purpose === 'crash'
        ? inReservation(map, segment, whole)
        : onGround({ map, own, grounds, excepted }, segment, whole)
    return { purpose, kind, mem, ...judged }
  })
}

type Judged = Pick<PinDrift, 'verdict' | 'sentence' | 'by'>

function onGround({ map, own, grounds, excepted }: Boot, segment: Range, whole: Range): Judged {
  const inTheWay = whoHolds(map, segment, own, excepted)
  if (inTheWay) return broken(inTheWay)
  const inTheRoom = whoHolds(map, whole, own, excepted)
  const without = grounds.flatMap((ground) => subtract([segment], [...ground, ...excepted]).slice(0, 1))
  const [first] = without
  if (!inTheRoom && !first)
    return holds(grounds.length > 0 ? `, and in ${bootsText(grounds.length)} before` : '')
  const risks = [
    ...(inTheRoom ? [noRoom(inTheRoom)] : []),
    ...(first
      ? [`${without.length} of ${bootsText(grounds.length)} before did not have ${span(first)} free`]
      : []),
  ]
  const by = inTheRoom ?? (first ? { range: first, why: 'not free in a remembered boot' } : null)
  return { verdict: 'at-risk', sentence: `Free, but ${risks.join('; ')}.`, by }
}

/** As a crash image is placed: in the highest reservation, wherever that lies in this boot. */
function inReservation(map: MemoryMap, segment: Range, whole: Range): Judged {
  const area = crashArea(map)
  if (!area)
    return { verdict: 'broken', sentence: 'This boot has no memory reserved for a crash kernel.', by: null }
  const outside = (r: Range): NamedRange | null => {
    const [part] = subtract([r], [area.main])
    return part ? { range: part, why: `outside of Crash kernel ${span(area.main)}` } : null
  }
  const inTheWay = outside(segment)
  if (inTheWay) return broken(inTheWay)
  const inTheRoom = outside(whole)
  return inTheRoom
    ? { verdict: 'at-risk', sentence: `Free, but ${noRoom(inTheRoom)}.`, by: inTheRoom }
    : holds('')
}

function holds(more: string): Judged {
  return { verdict: 'holds', sentence: `Free in this boot${more}.`, by: null }
}

function broken(by: NamedRange): Judged {
  return { verdict: 'broken', sentence: `Broken by ${span(by.range)}: ${by.why}.`, by }
}

function noRoom(by: NamedRange): string {
  return `without the room to grow: ${span(by.range)} is ${by.why}`
}

function bootsText(n: number): string {
  return n === 1 ? '1 boot' : `${n} boots`
}

/** No segment reaches beyond the highest address that there can be; a pin that an operator set may. */
function bytesFrom(start: number, bytes: number): Range {
  return range(start, Math.min(start + Math.max(bytes, 1) - 1, MAX_PHYS_ADDR))
}

function span(r: Range): string {
  return `${hex(r.start)}-${hex(r.last)}`
}
