import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { awake, decide, type Decision } from '../../rollout/decide.ts'
import { judged } from '../../rollout/report.ts'
import { memberOf, type RolloutState } from '../../rollout/rollout.ts'
import type { MemberState } from '../../rollout/transitions.ts'
import type { Host } from '../../store/hosts.ts'
import type { PlanState } from '../../store/plan-states.ts'
import { RequestFailed } from '../failure.ts'
import { hasDueProbe, refreshHealth } from './health-life.ts'
import { makePlan } from '../plans/make-plan.ts'
import { NOTHING_ASKED } from '../plans/plan-grounds.ts'
import { assign } from '../plans/plan-life.ts'
import { rebootModeOf } from './reboot-mode.ts'
import { changeRollout } from './rollout-life.ts'
import { readRollout } from './rollout-state.ts'
import type { Shell } from '../shell.ts'
import { writeChanges } from './write-rollout.ts'
import { effect, type Writing } from '../write.ts'

/** A host that has still something to wait for. */
const ON_ITS_WAY: readonly MemberState[] = ['waiting', 'granted', 'failed', 'missing']

const NONCE_BYTES = 16

/** A host that waits is written down as heard of no more often than this, or its shortest deadline wants. */
const HEARD_STEP_MS = 30_000

/** A plan that was assigned for a grant, and until when. */
export interface Granted {
  readonly plan: PlanState
  readonly until: number
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
  const { store, rollouts } = shell
  for (const { id, revision } of await store.rollouts.having(hostId, ON_ITS_WAY)) {
    if (!(await isWorthAsking(shell, { id, revision }, { hostId, looked }))) continue
    const granted = await rollouts.inTurn(id, async () => {
      // Whoever came before may have taken the place.
      const newest = await store.rollouts.revision(id)
      const isStill =
        newest === revision || (await isWorthAsking(shell, { id, revision: newest }, { hostId, looked }))
      if (!isStill) return null
      await refreshHealth(shell, request, { rolloutId: id, hostId })
      return effect(shell, request, (writing) => grantIn(writing, id, hostId))
    })
    if (granted) return granted
  }
  return null
}

/** Whether more could come of it than that the host has to wait: a grant, something that is due, a gate to be asked. */
async function isWorthAsking(
  { store, now, rollouts }: Shell,
  { id, revision }: { readonly id: string; readonly revision: number | null },
  { hostId, looked }: { readonly hostId: string; readonly looked: Looked },
): Promise<boolean> {
  const seen = revision === null ? null : await rollouts.see(id, revision)
  const before = looked.get(id)
  const at = now().getTime()
  const isDue = before?.nextCheck !== null && (before?.nextCheck ?? 0) <= at
  if (!seen || (before?.seen === seen && !isDue)) return false
  const { decision, changes } = decide(seen.state, hostId, at)
  looked.set(id, { seen, nextCheck: decision.verdict === 'wait' ? decision.nextCheck : null })
  const isIdle = decision.verdict === 'wait' && changes.every((c) => c.of === 'heard')
  if (!isIdle || hasDueProbe(seen.state, hostId, at)) return true
  if (!wasHeard(seen.state, hostId, at)) await store.rolloutMembers.heard({ rolloutId: id, hostId }, now())
  return false
}

/** Null where the host has to wait, or has what it was granted already. */
async function grantIn(writing: Writing, rolloutId: string, hostId: string): Promise<Granted | null> {
  const { rows, at } = writing
  const host = await rows.hosts.get(hostId)
  const state = await readRollout(rows, rolloutId)
  if (!host || !state) return null
  const mode = await rebootModeOf(rows, host, at)
  // No agent does anything but kexec yet: who is to go otherwise is not sent.
  if (mode.mode !== 'kexec' || (await isInMidJump(writing, hostId))) {
    await writeChanges(writing, state, awake(state, hostId, at.getTime()))
    return null
  }
  const { decision, changes } = decide(state, hostId, at.getTime())
  const after = await writeChanges(writing, state, changes)
  if (decision.verdict === 'wait') return null
  const planId = memberOf(after, hostId)?.plan ?? null
  if (planId === null) return planned(writing, after, { host, decision, override: mode.override })
  const plan = await rows.planStates.get(planId)
  return plan?.state === 'assigned' ? { plan, until: decision.until } : null
}

interface NewGrant {
  readonly host: Host
  readonly decision: Extract<Decision, { verdict: 'grant' }>
  /** The one-shot override that this plan uses up. */
  readonly override: string | null
}

/** Makes the plan of a grant. What the planner refuses is a failed attempt, with its reason. */
async function planned(
  writing: Writing,
  state: RolloutState,
  { host, decision, override }: NewGrant,
): Promise<Granted | null> {
  const { rows, at } = writing
  const rolloutId = state.rollout.id
  const { fence, until } = decision
  const bootEntry = await rows.bootEntries.get(state.spec.bootEntry)
  if (!bootEntry) throw new Error(`rollout ${rolloutId} lost its boot entry`)
  try {
    const asked = { ...NOTHING_ASKED, at }
    const wanted = { bootEntry, purpose: 'reboot', strategy: 'pinned', snapshotId: null, asked } as const
    const made = await makePlan(writing, host, wanted)
    const nonce = randomBytes(NONCE_BYTES).toString('hex')
    const plan = await assign(writing, made, { rolloutId, fence, nonce })
    if (override !== null) await rows.rebootRules.use(override, made.id)
    await rows.rolloutMembers.progress({ rolloutId, hostIds: [host.id] }, { planId: made.id })
    return { plan, until }
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown
    const { failure } = thrown
    const because = 'detail' in failure ? `${failure.code}: ${failure.detail}` : failure.code
    await changeRollout(writing, rolloutId, (rollout, now) => {
      const failed = judged(rollout, host.id, { fence, outcome: 'failed', because }, now)
      return failed.ok ? failed.value : []
    })
    return null
  }
}

async function isInMidJump({ rows }: Writing, hostId: string): Promise<boolean> {
  return (await rows.planStates.of(hostId, ['executing'])).length > 0
}

/** Whether its word was written down not long ago. */
function wasHeard({ spec, members }: RolloutState, hostId: string, now: number): boolean {
  const { waitingMs, grantedMs } = spec.deadlines
  const step = Math.min(HEARD_STEP_MS, (waitingMs ?? Infinity) / 4, grantedMs / 4)
  const heardAt = members.find((m) => m.host === hostId)?.heardAt ?? null
  return heardAt !== null && now - heardAt < step
}
