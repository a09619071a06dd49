import { setTimeout as sleep } from 'node:timers/promises'
import type { Asked } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'

/** Long enough for agents, who want the same places, to come to their turn. */
const AGAIN_MS = 4000
const LONGEST_AWAY_MS = 400

/** A FleetLock client: it takes a place, is away for a while, and gives it up again, also when the run is over. */
export async function locking(stage: Stage, client: string, pool: string): Promise<void> {
  const random = stage.chance(client)
  const call = (what: 'lock' | 'unlock'): Promise<Asked> =>
    voiceOf(
      stage,
      client,
    )({
      ...{ what, about: client, method: 'POST', again: 'as-it-is' },
      path: `${stage.bases.get(pool)}/v1/${what === 'lock' ? 'pre-reboot' : 'steady-state'}`,
      headers: { 'fleet-lock-protocol': 'true' },
      body: { client_params: { id: client, group: pool } },
    })
  while (!stage.isOver()) {
    const { status } = await call('lock')
    if (status === 200) {
      await sleep(random.below(LONGEST_AWAY_MS))
      await call('unlock')
    }
    await sleep(AGAIN_MS + random.below(AGAIN_MS))
  }
  await call('unlock')
}
