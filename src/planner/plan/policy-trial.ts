import type { SegmentKind } from '../names.ts'
import type { BootGround } from '../pin/ground.ts'
import { pinsOf, type Pin } from '../pin/pin.ts'
import type { PinPolicy } from '../pin/policy.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'
import { triedLoad, type PinMove, type WhatIfRefusal, type WhatIfVerdict } from './what-if.ts'

/** One boot of a host that is gone by, as it would be planned for again. */
export interface TrialBoot {
  /** What its snapshot and the image ask; pins and policy are the trial's. */
  readonly load: Omit<PlanRequest, 'pins' | 'policy' | 'history' | 'randomSeed'>
  /** Boots with another one are remembered apart. */
  readonly hardware: string
  readonly ground: BootGround
}

/** The part of a policy that decides where segments go. */
export interface TrialPolicy {
  readonly policy: PinPolicy
  readonly rememberBoots: number
}

/** What one boot would have made of the load. */
export interface TriedBoot {
  readonly verdict: WhatIfVerdict
  /** Segments whose pins held. */
  readonly kept: readonly SegmentKind[]
  /** Segments that had no pin yet. */
  readonly placed: readonly SegmentKind[]
  readonly moves: readonly PinMove[]
  /** Null where there would have been a plan. */
  readonly refusal: WhatIfRefusal | null
}

/**
 * Plans one boot of a host's history as if a policy had been in force, and says which pins it leaves to the next.
 *
 * `pins`: those that the boot before left. `before`: the boots before it, oldest first; of those with the same
 * hardware the newest are remembered, as many as policy says. A boot that is refused leaves the pins as they were.
 */
export function tryBoot(
  { load, hardware }: TrialBoot,
  {
    pins,
    before,
  }: {
    readonly pins: readonly Pin[]
    readonly before: readonly Pick<TrialBoot, 'hardware' | 'ground'>[]
  },
  { policy, rememberBoots }: TrialPolicy,
  sha256: Sha256,
): { readonly tried: TriedBoot; readonly pins: readonly Pin[] } {
  const same = before.filter((b) => b.hardware === hardware)
  const history = same
    .slice(Math.max(same.length - rememberBoots, 0))
    .map((b) => b.ground)
    .reverse()
  // Drawn by the boot itself: asked again, the trial gives the same answer.
  const randomSeed = `trial ${load.snapshot.bootId}`
  const request: PlanRequest = {
    ...load,
    pins,
    policy,
    history,
    ...(policy.random.length > 0 ? { randomSeed } : {}),
  }
  const { whatIf, body } = triedLoad(request, sha256, { change: false })
  const { verdict, moves, refusal, segments } = whatIf
  const firm = segments.filter((s) => s.chosen !== 'random')
  const pinOf = (kind: SegmentKind) => pins.find((p) => p.purpose === load.purpose && p.kind === kind)
  const tried: TriedBoot = {
    verdict,
    kept: firm.filter((s) => pinOf(s.kind)?.mem === s.mem).map((s) => s.kind),
    placed: firm.filter((s) => !pinOf(s.kind)).map((s) => s.kind),
    moves,
    refusal,
  }
  return { tried, pins: body ? pinsOf(body, pins) : pins }
}
