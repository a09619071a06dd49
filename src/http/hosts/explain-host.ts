import { allPass, explain, nextCheckOf } from '../../rollout/explain.ts'
import type { Gate as CoreGate, Said } from '../../rollout/gate.ts'
import { preflightSaid, standingPauseSaid } from '../../rollout/host-gates.ts'
import { standingPauseOf } from '../../rollout/rollout.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Explanation, Gate } from '../../wire/explain.ts'
import { presentGates } from '../rollouts/present-rollout.ts'
import { rebootModeOf } from '../rollouts/reboot-mode.ts'
import { NO_HOLDS, readHolds, readRollout } from '../rollouts/rollout-state.ts'
import { readPauses } from '../rollouts/standing-pauses.ts'

type HostGate = Omit<Gate, 'id' | 'rollout' | 'next_check'> & { readonly next_check?: string }

/** As it stands in a state in which the host has something under way. */
const UNDER_WAY = ['assigned', 'loaded', 'executing', 'missing'] as const
const MOST_EXCEPTIONS = 500

/**
 * Why a host is, or is not, being rebooted now: what holds for it whatever asks, then every gate of every rollout that
 * has it. Nothing changes by asking.
 *
 * A grant is decided on from the same gates of the rollout, so the two cannot disagree.
 */
export async function explainHost(rows: Rows, host: Host, at: Date): Promise<Explanation> {
  const own = await hostGates(rows, host, at)
  const told: Gate[] = own.map((gate) => ({ id: null, rollout: null, next_check: null, ...gate }))
  const now = at.getTime()
  const asked: CoreGate[][] = []
  for (const { rolloutId, rollout } of await rows.rolloutMembers.ofHost(host.id)) {
    if (rollout.phase === 'done' || rollout.phase === 'cancelled') continue
    const state = await readRollout(rows, rolloutId, at)
    const gates = state ? [...explain(state, host.id, now)] : []
    asked.push(gates)
    const more = gates.filter((g) => !own.some((told) => told.gate === g.gate))
    told.push(...presentGates(more, rolloutId))
  }
  if (asked.length === 0) told.push(nobodyAsks(await endedRollouts(rows, host.id)))
  const mayGo = own.every((g) => g.verdict === 'pass') && asked.some(allPass)
  return {
    host: host.id,
    verdict: mayGo ? 'go' : verdictOf(told),
    sentence: mayGo ? 'it may reboot when its agent asks' : sentenceOf(told),
    next_check: mayGo ? null : nextOf(asked),
    gates: told,
  }
}

async function hostGates(rows: Rows, host: Host, at: Date): Promise<HostGate[]> {
  const { quarantined, optedOut, preflight } = (await readHolds(rows, at)).get(host.id) ?? NO_HOLDS
  const pause = standingPauseOf({ pauses: (await readPauses(rows, at)).of(host.group) }, at.getTime())
  const snapshot = await rows.snapshots.newest(host.id)
  const mode = await rebootModeOf(rows, host, at)
  const [plan] = await rows.planStates.of(host.id, UNDER_WAY)
  return [
    held('quarantine', quarantined, 'in quarantine'),
    held('opt-out', optedOut, 'opted out'),
    hostGate('standing-pause', standingPauseSaid(pause)),
    snapshot
      ? pass('snapshot', `its newest snapshot is of boot ${snapshot.bootId}`, snapshot.createdAt)
      : fail('snapshot', 'it has not posted a snapshot yet: nothing can be planned'),
    hostGate('preflight', preflightSaid(preflight)),
    pass('exceptions', await exceptionSentence(rows, host, at)),
    planGate(plan),
    pass('reboot-mode', `it goes by ${mode.mode}: ${mode.because}`),
  ]
}

function planGate(plan: PlanState | undefined): HostGate {
  if (!plan) return pass('plan', 'no plan is under way')
  const { planId, state, since, detail, rolloutId } = plan
  const sentence = `plan ${planId} is ${state}${detail === '' ? '' : `: ${detail}`}`
  if (state === 'executing') return { gate: 'plan', verdict: 'wait', since: since.toISOString(), sentence }
  // What an operator has assigned goes first: a rollout's own plan is for its own gates to judge.
  const isOperators = rolloutId === null && (state === 'assigned' || state === 'loaded')
  return isOperators
    ? { gate: 'plan', verdict: 'wait', since: since.toISOString(), sentence: `${sentence}, by an operator` }
    : pass('plan', sentence, since)
}

async function exceptionSentence(rows: Rows, { id, group }: Host, at: Date): Promise<string> {
  const page = { after: null, limit: MOST_EXCEPTIONS }
  const own = await rows.exceptions.list(page, { hostId: id })
  const shared = group === null ? [] : await rows.exceptions.list(page, { group })
  const good = [...own, ...shared].filter((e) => e.expiresAt > at)
  if (good.length === 0) return 'no exception is approved for it'
  return `approved: ${good.map((e) => `${e.kind} until ${e.expiresAt.toISOString()}`).join(', ')}`
}

async function endedRollouts(rows: Rows, hostId: string): Promise<string | null> {
  const last = (await rows.rolloutMembers.ofHost(hostId)).at(-1)
  return last ? `${last.state} in ${last.rolloutId}, which is ${last.rollout.phase}` : null
}

function nobodyAsks(before: string | null): Gate {
  const sentence = `no rollout has this host${before === null ? '' : `; the last one: ${before}`}`
  return {
    gate: 'rollout',
    id: null,
    rollout: null,
    verdict: 'fail',
    since: null,
    sentence,
    next_check: null,
  }
}

function verdictOf(gates: readonly Gate[]): Explanation['verdict'] {
  return gates.some((g) => g.verdict === 'fail') ? 'stopped' : 'wait'
}

/** The first gate that needs somebody, else the first that waits. */
function sentenceOf(gates: readonly Gate[]): string {
  const gate = gates.find((g) => g.verdict === 'fail') ?? gates.find((g) => g.verdict === 'wait')
  return gate?.sentence ?? ''
}

/** When the first of several rollouts could give another answer. */
function nextOf(asked: readonly (readonly CoreGate[])[]): string | null {
  const times = asked.flatMap((gates) => nextCheckOf(gates) ?? [])
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString()
}

function held(
  gate: 'quarantine' | 'opt-out',
  hold: { readonly since: number; readonly because: string } | null | undefined,
  how: string,
): HostGate {
  if (!hold) return pass(gate, `the host is not ${how}`)
  const since = new Date(hold.since).toISOString()
  return { gate, verdict: 'fail', since, sentence: `the host is ${how}: ${hold.because}` }
}

/** A gate of the rollouts' own that holds whatever rollout asks, in the same words. */
function hostGate(gate: 'standing-pause' | 'preflight', { nextCheck, since, ...said }: Said): HostGate {
  return {
    gate,
    ...said,
    since: since === null ? null : new Date(since).toISOString(),
    ...(nextCheck === null ? {} : { next_check: new Date(nextCheck).toISOString() }),
  }
}

function pass(gate: HostGate['gate'], sentence: string, since: Date | null = null): HostGate {
  return { gate, verdict: 'pass', since: since?.toISOString() ?? null, sentence }
}

function fail(gate: HostGate['gate'], sentence: string): HostGate {
  return { gate, verdict: 'fail', since: null, sentence }
}
