import type { SegmentKind } from '../names.ts'
import { subtract } from '../bytes/range.ts'
import { findHole } from '../memory/room.ts'
import type { Pin } from '../pin/pin.ts'
import type { NoHole } from '../place/refusal.ts'
import type { PlanBody, PlannedSegment } from './plan-body.ts'
import type { Change, PinBroken, PlanFailure } from './plan-failure.ts'
import { planLoad } from './plan-load.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'
import type { Watch } from './watch.ts'

export const WHAT_IF_VERDICTS = ['fits', 'moves', 'places', 'refuses'] as const
export type WhatIfVerdict = (typeof WHAT_IF_VERDICTS)[number]

/** What one host would make of an image; in wire form. Units: bytes. */
export interface WhatIf {
  /**
   * - `fits`: every pin holds.
   * - `moves`: policy lets pins move, and some would have to.
   * - `places`: the host has no pins for this purpose yet; it would get these.
   * - `refuses`: there would be no plan.
   */
  readonly verdict: WhatIfVerdict
  /** Where everything would lie; empty where there is no plan. */
  readonly segments: readonly Pick<PlannedSegment, 'kind' | 'mem' | 'memsz' | 'room' | 'chosen'>[]
  readonly moves: readonly PinMove[]
  readonly refusal: WhatIfRefusal | null
}

export interface PinMove {
  readonly kind: SegmentKind
  readonly from: string
  readonly to: string
  readonly because: string
}

export interface WhatIfRefusal {
  readonly code: PlanFailure['code']
  /** The segment that has no place; null where none in particular is at fault. */
  readonly kind: SegmentKind | null
  readonly because: string
  /** What the largest hole lacks that the loader may use; null where it is not for want of room. */
  readonly short_by: number | null
  readonly change?: Change
  /** Of `pin-broken`: the pin, what is in its way, and where it would go if policy let it. */
  readonly pin?: PinBroken['pin']
  readonly by?: PinBroken['by']
  readonly nearest?: PinBroken['nearest']
}

/**
 * What would become of a load, without a plan to keep.
 *
 * `change`: also look for what would make a refused image fit, which plans many times more.
 */
export function whatIf(
  request: PlanRequest,
  sha256: Sha256,
  options: { readonly change?: boolean } = {},
): WhatIf {
  return triedLoad(request, sha256, options).whatIf
}

/** The same, with the plan that it was told from; null where there would be none. */
export function triedLoad(
  request: PlanRequest,
  sha256: Sha256,
  { change = true }: { readonly change?: boolean } = {},
): { readonly whatIf: WhatIf; readonly body: PlanBody | null } {
  // Of each kind the first: where a loader tries again, it is the first failure that it tells.
  const failed = new Map<SegmentKind, NoHole>()
  const watch: Watch = ({ buf, outcome }) => {
    if (!outcome.ok && !failed.has(buf.kind)) failed.set(buf.kind, outcome.error)
  }
  const planned = planLoad(request, sha256, watch, { change })
  if (!planned.ok) {
    const refusal = refusalOf(planned.error, failed)
    return { whatIf: { verdict: 'refuses', segments: [], moves: [], refusal }, body: null }
  }
  return { whatIf: toldOf(planned.value, request), body: planned.value }
}

function toldOf(body: PlanBody, request: PlanRequest): WhatIf {
  const pins = request.pins.filter((p) => p.purpose === request.purpose)
  const moves = movesOf(body, pins)
  return {
    verdict: moves.length > 0 ? 'moves' : pins.length > 0 ? 'fits' : 'places',
    segments: body.segments.map(({ kind, mem, memsz, room, chosen }) => ({
      kind,
      mem,
      memsz,
      room,
      chosen,
    })),
    moves,
    refusal: null,
  }
}

/** What policy places at random has no pin to leave. */
function movesOf(body: PlanBody, pins: readonly Pin[]): PinMove[] {
  return body.segments.flatMap(({ kind, mem: to, chosen, because }) => {
    const from = pins.find((p) => p.kind === kind)?.mem
    return from === undefined || from === to || chosen === 'random' ? [] : [{ kind, from, to, because }]
  })
}

function refusalOf(failure: PlanFailure, failed: ReadonlyMap<SegmentKind, NoHole>): WhatIfRefusal {
  const { code, detail: because } = failure
  const change = 'change' in failure && failure.change ? { change: failure.change } : {}
  switch (failure.code) {
    case 'no-hole': {
      const { kind } = failure.buf
      const noHole = failed.get(kind)
      return { code, kind, because, short_by: noHole ? shortBy(noHole) : null, ...change }
    }
    case 'pin-broken': {
      const { pin, by, nearest } = failure
      return { code, kind: pin.kind, because, short_by: null, pin, by, nearest }
    }
    default:
      return { code, kind: null, because, short_by: null, ...change }
  }
}

/** Measured by the last search, which keeps clear of nothing but the segments of this very plan. */
function shortBy({ buf, walks = [] }: NoHole): number | null {
  const walk = walks.at(-1)
  if (!walk) return null
  const { memsz: bytes, align, min, max } = buf
  return findHole(subtract(walk.ranges, walk.taken), { bytes, align, min, max }).short
}
