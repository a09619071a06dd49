import type { FastifyRequest } from 'fastify'
import { healthOf } from '../../rollout/health.ts'
import type { RolloutState } from '../../rollout/rollout.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { HealthGate } from '../../wire/rollout-spec.ts'
import type { Probed } from './probe.ts'
import { changeRollout } from './rollout-life.ts'
import { specOf } from './rollout-state.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import { effect, type Writing } from '../write.ts'

/** What a gate was told. */
export interface Told extends Probed {
  readonly rolloutId: string
  readonly gate: string
  /** Null where it speaks for all hosts. */
  readonly hostId: string | null
  readonly by: string
}

/** Writes a result down, and does what is due by it: a gate that fails may halt the rollout. */
export async function tellHealth(writing: Writing, told: Told): Promise<void> {
  const { rows, at, audit } = writing
  const { rolloutId, gate, hostId, verdict, detail, by } = told
  const row = { id: newId('health', at), rolloutId, gate, hostId: hostId ?? '', verdict, at, detail, by }
  await rows.healthResults.set(row)
  await rows.rollouts.touch(rolloutId)
  if (verdict === 'fail') await audit('rollout.unhealthy', rolloutId, { gate, host: hostId, detail }, by)
  await changeRollout(writing, rolloutId)
}

/** Whether a gate that the service asks by itself has no result any more that counts. */
export function hasDueProbe(state: RolloutState, hostId: string, now: number): boolean {
  return state.spec.health.some((g) => g.kind !== 'hook' && isDue(state, { gate: g.id, hostId }, now))
}

/** Asks what has to be asked before this host can be decided on; several who want to know at once ask once. */
export async function refreshHealth(
  shell: Shell,
  request: FastifyRequest,
  { rolloutId, hostId }: { readonly rolloutId: string; readonly hostId: string },
): Promise<void> {
  const { store, now } = shell
  const row = await store.rollouts.get(rolloutId)
  if (!row) return
  const gates = specOf(row).health.filter((g) => g.kind === 'kdump' || g.probe !== null)
  if (gates.length === 0) return
  const seen = await shell.rollouts.see(rolloutId, row.revision)
  for (const gate of gates) {
    if (!seen || !isDue(seen.state, { gate: gate.id, hostId }, now().getTime())) continue
    const of = gate.scope === 'host' ? hostId : null
    const ask = () => asked(shell, gate, hostId)
    const found = await once(shell, `${rolloutId} ${gate.id} ${of}`, ask)
    const told = { ...found, rolloutId, gate: gate.id, hostId: of, by: 'berth' }
    await effect(shell, request, (writing) => tellHealth(writing, told))
  }
}

function isDue(
  { spec, results }: RolloutState,
  { gate: id, hostId }: { gate: string; hostId: string },
  now: number,
): boolean {
  const gate = spec.health.find((g) => g.id === id)
  return gate !== undefined && (healthOf(gate, hostId, results, now).nextCheck ?? Infinity) <= now
}

function asked({ store, probes }: Shell, gate: HealthGate, hostId: string): Promise<Probed> {
  if (gate.kind === 'kdump') return kdumpOf(store, hostId)
  if (gate.probe === null) throw new Error(`${gate.id} asks nobody`)
  return probes.ask(gate, gate.probe)
}

/** Whether a crash kernel could start: by the host's newest snapshot, memory is kept for it and it is loaded. */
async function kdumpOf(rows: Rows, hostId: string): Promise<Probed> {
  const row = await rows.snapshots.newest(hostId)
  if (!row) return { verdict: 'inconclusive', detail: 'the host has not posted a snapshot yet' }
  const { crashSize, crashLoaded } = (await storedSnapshot(rows, row)).kexec ?? NOTHING_SAID
  if (crashSize === null || crashLoaded === null)
    return { verdict: 'inconclusive', detail: 'its snapshot does not say' }
  if (crashSize === 0) return { verdict: 'fail', detail: 'no memory is kept for a crash kernel' }
  if (!crashLoaded) return { verdict: 'fail', detail: 'no crash kernel is loaded' }
  return { verdict: 'pass', detail: `a crash kernel is loaded, in ${crashSize} bytes` }
}

const NOTHING_SAID = { crashSize: null, crashLoaded: null }

const asking = new WeakMap<Shell['probes'], Map<string, Promise<Probed>>>()

/** One question at a time: whoever wants to know the same waits for the same answer. */
function once({ probes }: Shell, what: string, ask: () => Promise<Probed>): Promise<Probed> {
  const under = asking.get(probes) ?? new Map<string, Promise<Probed>>()
  asking.set(probes, under)
  const known = under.get(what)
  if (known) return known
  const answer = ask().finally(() => under.delete(what))
  under.set(what, answer)
  return answer
}
