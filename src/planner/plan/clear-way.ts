import { hex } from '../bytes/phys-addr.ts'
import { ok, type Result } from '../bytes/result.ts'
import type { Pin } from '../pin/pin.ts'
import type { NoHole } from '../place/refusal.ts'
import type { LeftPin } from '../place/segment.ts'
import type { Fold, Folded } from './keep-pins.ts'
import type { LoadFailure } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/** How often a place at random is drawn anew where it left no hole for another segment. */
const DRAWS = 16

/** A plan in which nothing stands in the way of anything that could lie elsewhere: random places, then pins. */
export function foldClear(request: PlanRequest, fold: Fold): Result<Folded, LoadFailure> {
  const first = fold(request)
  if (first.ok || first.error.code !== 'no-hole') return first
  const drawn = drawnAnew(request, fold)
  if (drawn) return ok(drawn)
  return withoutPinInTheWay(request, first.error, fold) ?? first
}

/** The seeds that follow from the first, in their order; the plan names the one that it was made with. */
function drawnAnew(request: PlanRequest, fold: Fold): Folded | null {
  if (!request.policy || request.policy.random.length === 0) return null
  for (let i = 1; i < DRAWS; i++) {
    const again = fold({ ...request, randomSeed: `${request.randomSeed ?? ''}-${i}` })
    if (again.ok) return again.value
  }
  return null
}

/**
 * A pin that holds can leave no hole for another segment. It counts as broken: the first whose absence is enough,
 * in the order kernel, initrd, then the others; where no single one is, all.
 */
function withoutPinInTheWay(
  request: PlanRequest,
  { buf }: NoHole,
  fold: Fold,
): Result<Folded, LoadFailure> | null {
  const own = request.pins.filter((p) => p.purpose === request.purpose)
  if (request.strategy !== 'pinned' || own.length === 0) return null
  const rank = (p: Pin) => (p.kind === 'kernel' ? 0 : p.kind === 'initrd' ? 1 : 2)
  const singly = own.toSorted((a, b) => rank(a) - rank(b)).map((pin) => [pin])
  for (const gone of own.length > 1 ? [...singly, own] : singly) {
    const made = fold(request, gone)
    if (made.ok) return ok(leaving(made.value, gone, `with it there, the ${buf.kind} has no hole`))
  }
  return null
}

/** The plan as one in which these pins had to be left, save those whose place was found again. */
function leaving({ body, segments }: Folded, gone: readonly Pin[], cause: string): Folded {
  const leftBy = (kind: Pin['kind'], mem: string): LeftPin | null => {
    const pin = gone.find((p) => p.kind === kind && p.mem !== mem)
    return pin ? { pin, cause, by: null } : null
  }
  return {
    segments: segments.map((s) => {
      const left = leftBy(s.kind, hex(s.mem))
      return left ? { ...s, left } : s
    }),
    body: {
      ...body,
      segments: body.segments.map((s) => {
        const left = leftBy(s.kind, s.mem)
        return left ? { ...s, chosen: 'moved-pin', because: `moved from ${left.pin.mem}: ${cause}` } : s
      }),
    },
  }
}
