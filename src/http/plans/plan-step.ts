import { newId } from '../../store/new-id.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Landing, PlanStateName, Report } from '../../wire/plan.ts'
import type { Writing } from '../write.ts'

export interface Step {
  readonly state: PlanStateName
  readonly detail: string
  readonly bootId?: string
  readonly segments?: Report['segments']
  readonly landing?: Landing
  readonly snapshot?: string
  /** The grant that it is handed out for. */
  readonly grant?: Grant
}

/** Names a grant; the nonce is good for one use. */
export interface Grant {
  readonly rolloutId: string
  readonly fence: number
  readonly nonce: string
}

const UNDER_WAY: readonly PlanStateName[] = ['planned', 'assigned', 'loaded', 'executing']

/** Brings a plan one step on, and writes that into the host's timeline and the audit. */
export async function step(
  writing: Writing,
  of: { planId: string; hostId: string },
  to: Step,
): Promise<PlanState> {
  const { rows, at } = writing
  const { planId: plan, hostId } = of
  const row = await rows.planStates.change(plan, {
    state: to.state,
    since: at,
    detail: to.detail,
    ...(to.bootId !== undefined && { bootId: to.bootId }),
    ...(to.segments && { segments: JSON.stringify(to.segments) }),
    ...(to.landing && { landing: JSON.stringify(to.landing) }),
    ...to.grant,
    ...(to.state === 'assigned' && { serial: await rows.hosts.nextSerial(hostId, leastSerial(at)) }),
  })
  // Whom an operator has sent away by hand is back, and another may go.
  if (row.rolloutId === null && !UNDER_WAY.includes(to.state)) await rows.rollouts.touchStarted()
  const kind = `plan-${to.state}`
  const event = {
    id: newId('ev', at),
    hostId,
    at,
    kind,
    detail: to.detail,
    plan,
    snapshot: to.snapshot ?? null,
  }
  await rows.timeline.append(event)
  await writing.audit(`plan.${to.state}`, plan, { host: hostId, detail: to.detail })
  return row
}

/** Serials began then. Units: milliseconds since 1970. */
const SERIALS_SINCE = Date.UTC(2026, 0, 1)

/**
 * Serials follow the clock where it is ahead of them: a database that was restored does not know the last ones
 * that it gave, and must not give them again.
 */
function leastSerial(at: Date): number {
  return Math.max(1, Math.floor((at.getTime() - SERIALS_SINCE) / 1000))
}
