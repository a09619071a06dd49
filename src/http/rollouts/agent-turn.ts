import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { awake, decide, type Decision } from '../../rollout/decide.ts'
import { isAwayOtherwise } from '../../rollout/may-go.ts'
import { memberOf, type Member, type RolloutState } from '../../rollout/rollout.ts'
import type { RebootMode } from '../../rollout/reboot-mode.ts'
import type { MemberState } from '../../rollout/transitions.ts'
import type { Host } from '../../store/hosts.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Standing } from '../../store/standing.ts'
import { RequestFailed } from '../failure.ts'
import { hasDueProbe, refreshHealth } from './health-life.ts'
import { makeFirmwarePlan } from '../plans/make-firmware-plan.ts'
import { makePlan } from '../plans/make-plan.ts'
import { NOTHING_ASKED } from '../plans/plan-grounds.ts'
import { assign } from '../plans/plan-life.ts'
import { rebootModeOf } from './reboot-mode.ts'
import { tellOutcome } from './rollout-life.ts'
import { readRollout } from './rollout-state.ts'
import type { RolloutsSeen, Seen } from './rollouts-seen.ts'
import type { Shell } from '../shell.ts'
import { writeChanges } from './write-rollout.ts'
import { effect, type Writing } from '../write.ts'

/** A host that has still something to wait for. */
const ON_ITS_WAY: readonly MemberState[] = ['waiting', 'granted', 'failed', 'missing', 'rolling-back']

const NONCE_BYTES = 16

/** A host that waits is written down as heard of no more often than this, or its deadline wants. */
const HEARD_STEP_MS = 300_000

/** So many words have room in the time in which a host must be heard of. */
const WORDS_A_DEADLINE = 10

/** A plan that was assigned for a grant, and until when. */
export interface Granted {
  readonly plan: PlanState
  readonly until: number
  readonly mode: RebootMode
}

/** What one waiting agent has looked at already. */
export type Looked = Map<string, { readonly seen: object; readonly nextCheck: number | null }>

/**
 * A host asks: whatever rollout has it decides whether it may go now; then it gets its plan.
 *
 * Rows of the transaction decide. Before that it is looked whether anything would come of it, on what was read a moment
 * ago: most who ask have to wait, and nothing changes by it.
 */
export async function turnOf(
  shell: Shell,
  request: FastifyRequest,
  { hostId, looked }: { readonly hostId: string; readonly looked: Looked },
): Promise<Granted | null> {
  const { rollouts } = shell
  const standing = await rollouts.standing()
  for (const before of standing.rollouts) {
    const { id } = before
    if (!(await isWorthAsking(shell, before, { hostId, looked }))) continue
    const granted = await rollouts.inTurn(id, async () => {
      // Whoever came before may have taken the place.
      const newest = (await rollouts.standing()).rollouts.find((r) => r.id === id)
      if (!newest) return null
      const isSame = newest.revision === before.revision
      if (!isSame && !(await isWorthAsking(shell, newest, { hostId, looked }))) return null
      await refreshHealth(shell, request, { rolloutId: id, hostId })
      return effect(shell, request, (writing) => grantIn(writing, id, hostId))
    })
    if (granted) return granted
  }
  return null
}

/** Whether more could come of it than that the host has to wait: a grant, something that is due, a gate to be asked. */
async function isWorthAsking(
  { now, rollouts }: Shell,
  { id, revision }: Standing['rollouts'][number],
  { hostId, looked }: { readonly hostId: string; readonly looked: Looked },
): Promise<boolean> {
  const seen = await rollouts.see(id, revision)
  const before = looked.get(id)
  const at = now().getTime()
  const isDue = before?.nextCheck !== null && (before?.nextCheck ?? 0) <= at
  if (!seen || (before?.seen === seen && !isDue)) return false
  const member = memberOf(seen.state, hostId)
  if (!member || !ON_ITS_WAY.includes(member.state)) return false
  const nextCheck = hasDueProbe(seen.state, hostId, at)
    ? undefined
    : waitsUntil(rollouts, seen, { member, at })
  looked.set(id, { seen, nextCheck: nextCheck ?? null })
  if (nextCheck === undefined) return true
  const heardAt = Math.max(member.heardAt ?? -Infinity, rollouts.heardAt(id, hostId) ?? -Infinity)
  if (at - heardAt >= heardStepMs(seen.state, member)) rollouts.heard(id, hostId, at)
  return false
}

/** When it may be worth asking again, null where no clock says so; undefined: now. */
function waitsUntil(
  rollouts: RolloutsSeen,
  seen: Seen,
  { member, at }: { readonly member: Member; readonly at: number },
): number | null | undefined {
  const { state } = seen
  const { isDue, closed } = rollouts.quiet(seen, at)
  if (!isDue && closed && member.state === 'waiting' && !isAwayOtherwise(state, member.host))
    return closed.nextCheck
  const { decision, changes } = decide(state, member.host, at)
  const isIdle = decision.verdict === 'wait' && changes.every((c) => c.of === 'heard')
  return isIdle ? decision.nextCheck : undefined
}

/** Null where the host has to wait, or has what it was granted already. */
async function grantIn(writing: Writing, rolloutId: string, hostId: string): Promise<Granted | null> {
  const { rows, at } = writing
  const host = await rows.hosts.get(hostId)
  const state = await readRollout(rows, rolloutId, at)
  if (!host || !state) return null
  const mode = await rebootModeOf(rows, host, at)
  if (await isInMidJump(writing, hostId)) {
    await writeChanges(writing, state, awake(state, hostId, at.getTime()))
    return null
  }
  const { decision, changes } = decide(state, hostId, at.getTime(), mode.mode)
  const after = await writeChanges(writing, state, changes)
  if (decision.verdict === 'wait') return null
  const member = memberOf(after, hostId)
  const planId = member?.plan ?? null
  if (member && planId === null)
    return planned(writing, after, { host, member, decision, override: mode.override })
  const plan = planId === null ? null : await rows.planStates.get(planId)
  return member && plan?.state === 'assigned' ? { plan, until: decision.until, mode: member.mode } : null
}

interface NewGrant {
  readonly host: Host
  readonly member: Member
  readonly decision: Extract<Decision, { verdict: 'grant' }>
  /** The one-shot override that this plan uses up. */
  readonly override: string | null
}

/** Makes the plan of a grant. What the planner refuses is a failed attempt, with its reason. */
async function planned(
  writing: Writing,
  state: RolloutState,
  { host, member, decision, override }: NewGrant,
): Promise<Granted | null> {
  const { rows, at } = writing
  const rolloutId = state.rollout.id
  const { fence, until } = decision
  const bootEntry = await rows.bootEntries.get(member.fallback ?? state.spec.bootEntry)
  if (!bootEntry) throw new Error(`rollout ${rolloutId} lost its boot entry`)
  try {
    const asked = { ...NOTHING_ASKED, at }
    const wanted = { bootEntry, purpose: 'reboot', strategy: 'pinned', snapshotId: null, asked } as const
    const { mode } = member
    const made = await (mode === 'kexec'
      ? makePlan(writing, host, wanted)
      : makeFirmwarePlan(writing, host, { bootEntry, mode }))
    const nonce = randomBytes(NONCE_BYTES).toString('hex')
    const plan = await assign(writing, made, { rolloutId, fence, nonce })
    if (override !== null) await rows.rebootRules.use(override, made.id)
    await rows.rolloutMembers.progress({ rolloutId, hostIds: [host.id] }, { planId: made.id })
    return { plan, until, mode }
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown
    const { failure } = thrown
    const because = 'detail' in failure ? `${failure.code}: ${failure.detail}` : failure.code
    await tellOutcome(writing, { rolloutId, hostId: host.id, fence }, { outcome: 'failed', because })
    return null
  }
}

async function isInMidJump({ rows }: Writing, hostId: string): Promise<boolean> {
  return (await rows.planStates.of(hostId, ['executing'])).length > 0
}

/** How long its last word is good for. */
function heardStepMs({ spec }: RolloutState, { state }: Member): number {
  const isDue = state === 'granted' || state === 'rolling-back'
  const deadlineMs = isDue ? spec.deadlines.grantedMs : spec.deadlines.waitingMs
  return Math.min(HEARD_STEP_MS, (deadlineMs ?? Infinity) / WORDS_A_DEADLINE)
}
