import type { FastifyRequest } from 'fastify'
import { sweep } from '../../rollout/sweep.ts'
import { isSilent } from '../plans/plan-silence.ts'
import { step } from '../plans/plan-step.ts'
import { changeRollout } from './rollout-life.ts'
import { outageOf } from '../../store/outage.ts'
import type { Shell } from '../shell.ts'
import { effect } from '../write.ts'

/** Phases in which something may be due by time: who was sent away by a rollout that has ended is still waited for. */
const MAY_BE_DUE = ['started', 'done', 'cancelled']

/** Does what is due in a rollout by time alone. Whoever reads where it stands sees the truth of now. */
export async function sweepRollout(shell: Shell, request: FastifyRequest, rolloutId: string): Promise<void> {
  const { store, now, rollouts } = shell
  const revision = await store.rollouts.revision(rolloutId)
  const seen = revision === null ? null : await rollouts.see(rolloutId, revision)
  if (!seen || !MAY_BE_DUE.includes(seen.state.rollout.phase)) return
  if (sweep(seen.state, now().getTime()).length === 0) return
  await whereItCanBeWritten(effect(shell, request, (writing) => changeRollout(writing, rolloutId)))
}

/** The same for one host: its rollouts, and the plan that it jumped with when no rollout had sent it. */
export async function sweepHost(shell: Shell, request: FastifyRequest, hostId: string): Promise<void> {
  const { store, now } = shell
  for (const { rolloutId, rollout } of await store.rolloutMembers.ofHost(hostId)) {
    if (MAY_BE_DUE.includes(rollout.phase)) await sweepRollout(shell, request, rolloutId)
  }
  const silent = async (rows: Pick<typeof store, 'planStates'>) =>
    (await rows.planStates.of(hostId, ['executing'])).filter((state) => isSilent(state, now()))
  if ((await silent(store)).length === 0) return
  const swept = effect(shell, request, async (writing) => {
    for (const state of await silent(writing.rows)) {
      await step(writing, state, { state: 'missing', detail: 'no snapshot came after the jump' })
    }
  })
  await whereItCanBeWritten(swept)
}

/** While the database cannot be written to, whoever reads is told what it says: nothing is due that could be done. */
async function whereItCanBeWritten(swept: Promise<unknown>): Promise<void> {
  await swept.catch((error: unknown) => {
    if (outageOf(error) === null) throw error
  })
}
