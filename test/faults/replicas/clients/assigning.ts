import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, isGood } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'
import type { Host } from './enrolled.ts'

const WAIT_S = 30
const LONGEST_MS = 500

/** An agent that waits at one replica, and an operator who assigns it a plan at another. */
export async function assigning(stage: Stage, host: Host): Promise<void> {
  const client = host.id
  const random = stage.chance('assigning')
  const ask = voiceOf(stage, client)
  const [agent, operator] = [{ as: host.credential }, { as: stage.admin }]
  while (!stage.isOver()) {
    const at = random.below(stage.replicas)
    const path = `/v1/agent/assignment?wait=${WAIT_S}`
    const polled = ask({ what: 'poll', about: client, method: 'GET', path, ...agent, again: 'never', at })
    await sleep(random.below(LONGEST_MS))
    const made = await ask({
      ...{ what: 'plan', about: client, mark: 'assigned', method: 'POST', path: `/v1/hosts/${client}/plans` },
      ...{ body: { boot_entry: stage.entry, assign: true }, ...operator, again: 'keyed' },
      at: (at + 1) % stage.replicas,
    })
    await polled
    if (!isGood(made)) continue
    const { id } = bodyOf<{ id: string }>(made)
    const body = { plan: id, phase: 'refused', boot_id: 'boot-1', detail: 'stale-plan: test' }
    await ask({
      ...{ what: 'report', about: id, mark: 'refused', method: 'POST', path: '/v1/agent/reports' },
      ...{ body, ...agent, again: 'keyed' },
    })
  }
}
