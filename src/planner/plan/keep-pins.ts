import { hex } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import type { Pin } from '../pin/pin.ts'
import type { LeftPin, Segment } from '../place/segment.ts'
import type { PlanBody } from './plan-body.ts'
import type { LoadFailure, PinBroken } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/** A plan, and the segments that it is made of. */
export interface Folded {
  readonly body: PlanBody
  readonly segments: readonly Segment[]
}

/** Makes a plan, as if the host did not have some of its pins; what entered it stays the same. */
export type Fold = (request: PlanRequest, without?: readonly Pin[]) => Result<Folded, LoadFailure>

/**
 * What policy makes of a plan for which a pin had to move: the plan as it is, a refusal, or the plan of a host
 * that has no pins for this purpose.
 *
 * Errors: `pin-broken` under `strict`, save for pins that were loosened.
 */
export function keepPins(
  { body, segments }: Folded,
  request: PlanRequest,
  fold: Fold,
): Result<PlanBody, LoadFailure> {
  const { onBroken } = request.policy ?? DEFAULT_POLICY
  const moved = segments.filter(hasLeft)
  const first = onBroken === 'strict' ? moved.find((s) => !s.left.pin.loose) : moved[0]
  if (!first || onBroken === 'prefer') return ok(body)
  if (onBroken === 'strict') return err(pinBroken(first))
  const anew = fold(
    request,
    request.pins.filter((p) => p.purpose === request.purpose),
  )
  if (!anew.ok) return anew
  const because = `all made anew, since ${first.kind} had to leave ${first.left.pin.mem}: ${first.left.cause}`
  const repinned = anew.value.body.segments.map((s) =>
    s.chosen === 'random' ? s : { ...s, chosen: 'repinned' as const, because },
  )
  return ok({ ...anew.value.body, segments: repinned })
}

function hasLeft(segment: Segment): segment is Segment & { readonly left: LeftPin } {
  return segment.left !== undefined
}

function pinBroken({ kind, mem, room, left }: Segment & { readonly left: LeftPin }): PinBroken {
  const { pin, cause, by } = left
  return {
    code: 'pin-broken',
    detail: `the pin of the ${kind} at ${pin.mem} does not hold: ${cause}; policy is strict; ${hex(mem)} is the nearest place that would do`,
    pin: { kind, mem: pin.mem, room: pin.room },
    cause,
    by: by && { start: hex(by.range.start), last: hex(by.range.last), why: by.why },
    nearest: { mem: hex(mem), room },
  }
}
