import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, isGood } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'
import { posted, type Host } from './enrolled.ts'

const WAIT_S = 5
const LOOK_MS = 500
/** A rollout that has not ended after so many looks is cancelled. */
const MOST_LOOKS = 100

interface Assignment {
  readonly plan: {
    readonly id: string
    readonly body: { readonly expected: { readonly kernel_code: string[] } }
  }
}

/** An agent without a machine: it waits for a plan, says what an agent says, and comes up where the plan wants it. */
export async function rebooting(stage: Stage, client: string, host: Host): Promise<void> {
  const random = stage.chance(client)
  const ask = voiceOf(stage, client)
  const as = host.credential
  let boot = `${client}-0`
  const say = (plan: string, phase: string) =>
    ask({
      ...{ what: 'report', about: plan, mark: phase, method: 'POST', path: '/v1/agent/reports', as },
      body: { plan, phase, boot_id: boot },
      again: 'keyed',
    })
  for (let boots = 1; !stage.isOver(); boots++) {
    const path = `/v1/agent/assignment?wait=${WAIT_S}`
    const poll = await ask({ what: 'poll', about: host.id, method: 'GET', path, as, again: 'as-it-is' })
    if (poll.status !== 200) continue
    const { plan } = bodyOf<Assignment>(poll)
    if (!isGood(await say(plan.id, 'loaded')) || !isGood(await say(plan.id, 'executing'))) continue
    await sleep(random.below(300))
    boot = `${client}-${boots}`
    await posted(stage, client, host, boot, { kernel: Number(plan.body.expected.kernel_code[0]) })
  }
}

/** An operator who sends the same hosts round again and again; the pool alone says how many of them at once. */
export async function rollingOut(
  stage: Stage,
  client: string,
  { hosts, pool }: { readonly hosts: readonly string[]; readonly pool: string },
): Promise<void> {
  const ask = voiceOf(stage, client)
  const as = stage.admin
  const tell = (path: string, body: unknown) =>
    ask({ what: 'rollout', about: path, method: 'POST', path, as, body, again: 'keyed' })
  for (let round = 0; !stage.isOver(); round++) {
    const made = await tell('/v1/rollouts', {
      ...{ name: `${client} ${round}`, selector: { hosts }, boot_entry: stage.entry, pool },
      ...{ waves: [{ percent: 100 }], soak_seconds: 0, max_unavailable: { count: hosts.length } },
    })
    if (!isGood(made)) continue
    const path = `/v1/rollouts/${bodyOf<{ id: string }>(made).id}`
    await tell(`${path}/submit`, { reason: 'test' })
    let state = ''
    for (let looks = 0; !['done', 'cancelled'].includes(state) && !stage.isOver(); looks++) {
      if (looks === MOST_LOOKS || state === 'halted') await tell(`${path}/cancel`, { reason: 'stuck' })
      await sleep(LOOK_MS)
      const seen = await ask({ what: 'look', about: path, method: 'GET', path, as, again: 'as-it-is' })
      if (isGood(seen)) state = bodyOf<{ state: string }>(seen).state
    }
  }
}
