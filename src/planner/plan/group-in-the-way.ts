import { hex } from '../bytes/phys-addr.ts'
import { rangeOfSize, sizeOf, subtract, type Range } from '../bytes/range.ts'
import { memoryMap, type NamedRange } from '../memory/memory-map.ts'
import { whoHolds } from '../memory/who-holds.ts'
import type { Pin } from '../pin/pin.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import { explainFailure } from './explain.ts'
import { sharedBy, type CommonPlace } from './group-place.ts'
import { layoutsOf, type Class, type Rest, type Search } from './group-rest.ts'
import type { InTheWay, NoCommonGround, Without } from './group-refusal.ts'
import { planLoad } from './plan-load.ts'
import type { Sha256 } from './plan-request.ts'

/** Tells of everybody who stands in the way: those by whom alone it fails, else those who are left out together. */
export function inTheWay(
  { classes, hopeless, sha256 }: Search,
  alone: readonly Rest[],
  rest: Rest,
): Pick<NoCommonGround, 'in_the_way' | 'leave_out' | 'without_them'> {
  const all = stableBytes(classes)
  const told = (one: Class, { kept, place }: Rest, enough: boolean): InTheWay => ({
    hosts: one.names,
    ...(hopeless.includes(one) ? noPlaceOfItsOwn(one, sha256) : causeOf(one, place, sha256)),
    without_it: enough && place ? withoutOf(place, kept, all) : null,
  })
  const entries =
    alone.length > 0
      ? alone.map((r) => told(r.left[0] as Class, r, true))
      : rest.left.map((one) => told(one, rest, rest.left.length === 1))
  return {
    in_the_way: entries,
    leave_out: rest.left.flatMap((c) => c.names).sort(),
    without_them: rest.place ? withoutOf(rest.place, rest.kept, all) : null,
  }
}

function withoutOf({ pins, grounds }: CommonPlace, kept: readonly Class[], all: number): Without {
  const ground = bytesOf(grounds.stable)
  return {
    pins: pins.map(({ kind, mem, room }) => ({ kind, mem, room })),
    hosts: kept.reduce((sum, c) => sum + c.names.length, 0),
    ground,
    gained: ground - all,
  }
}

type Cause = Pick<InTheWay, 'because' | 'by' | 'short'>

/** Why a class cannot go where the others would. */
function causeOf(one: Class, place: CommonPlace | null, sha256: Sha256): Cause {
  const { request } = one.layout
  if (!place) return noPlaceOfItsOwn(one, sha256)
  const hits = place.pins.flatMap((pin) => hitOf(one, pin))
  const worst = hits.reduce<Hit | null>((most, h) => (!most || h.short > most.short ? h : most), null)
  if (!worst) return loaderLimits(one, place.pins, sha256)
  const { pin, wanted, short } = worst
  const by =
    request.purpose === 'crash' ? null : whoHolds(memoryMap(request.snapshot), wanted, request.booted)
  const named: NamedRange = by ?? { range: wanted, why: "not within the crash kernel's reservation" }
  const because = `the others' ${pin.kind} at ${pin.mem} is not free here: ${span(named.range)} is ${named.why}`
  return {
    because,
    by: { start: hex(named.range.start), last: hex(named.range.last), why: named.why },
    short,
  }
}

interface Hit {
  readonly pin: Pin
  readonly wanted: Range
  readonly short: number
}

/** Where the place of one segment is not free on a layout. */
function hitOf({ layout }: Class, pin: Pin): Hit[] {
  const random = layout.request.policy?.random ?? DEFAULT_POLICY.random
  const buf = layout.bufs.find((b) => b.kind === pin.kind && !random.includes(b.kind))
  if (!buf) return []
  const wanted = rangeOfSize(Number(pin.mem) - buf.offset, buf.memsz)
  const short = bytesOf(subtract([wanted], layout.grounds.today))
  return short > 0 ? [{ pin, wanted, short }] : []
}

function noPlaceOfItsOwn({ layout }: Class, sha256: Sha256): Cause {
  if (layout.refused) return { because: layout.refused.detail, by: null, short: 0 }
  const plan = planLoad({ ...layout.request, pins: [] }, sha256)
  if (plan.ok)
    return { because: 'its places and those of the others rule each other out', by: null, short: 0 }
  const shorts = plan.error.code === 'no-hole' ? plan.error.refusals.flatMap((r) => r.short ?? []) : []
  const [because = plan.error.detail] = explainFailure(plan.error).split('\n')
  return {
    because: `no plan of its own: ${because}`,
    by: null,
    short: shorts.length > 0 ? Math.min(...shorts) : 0,
  }
}

/** All of it is free, and still its own plan goes elsewhere: its plan says why. */
function loaderLimits({ layout }: Class, pins: readonly Pin[], sha256: Sha256): Cause {
  const policy = { ...(layout.request.policy ?? DEFAULT_POLICY), onBroken: 'prefer' as const }
  const plan = planLoad({ ...layout.request, pins, policy }, sha256)
  const moved = plan.ok ? plan.value.segments.find((s) => s.chosen !== 'kept-pin') : undefined
  const why = plan.ok ? moved?.because : plan.error.detail
  return { because: why ?? 'its loader asks for other segments', by: null, short: 0 }
}

function stableBytes(classes: readonly Class[]): number {
  return bytesOf(sharedBy(layoutsOf(classes)).stable)
}

function bytesOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, r) => sum + sizeOf(r), 0)
}

function span(r: Range): string {
  return `${hex(r.start)}-${hex(r.last)}`
}
