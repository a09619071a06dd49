import { askedFor, rolloutOf } from './asked.ts'
import { chanceOf } from './chance.ts'
import type { Clock } from './clock.ts'
import type { FleetHost } from './fleet-host.ts'
import { fleetEntries } from './fleet-hosts.ts'
import type { Asked } from './history.ts'
import { fleetOperator, type Operator } from './operator.ts'

const MINUTE = 60_000
/** Whoever has to approve takes no longer than this. */
const MOST_THOUGHT_MS = 5 * MINUTE

/** Asks for a rollout of each architecture; somebody else approves them after a while. */
export async function askRollouts(given: {
  readonly seed: number
  readonly clock: Clock
  readonly operator: Operator
  readonly hosts: readonly FleetHost[]
  readonly slots: number
  readonly start: number
  /** For tests: what is really asked for. */
  readonly changed: (spec: object) => object
}): Promise<readonly Asked[]> {
  const { seed, clock, operator, hosts, slots, start, changed } = given
  const made = async (path: string, what: object): Promise<string> =>
    ((await operator.must('POST', path, what)).body as { id: string }).id
  const { body } = await operator.must('POST', '/keys', { role: 'operator', name: 'approver' })
  const { key } = body as { key: string }
  const approver = fleetOperator(clock, () => key)
  const asked: Asked[] = []
  for (const { arch, entry, before: entryBefore } of fleetEntries()) {
    const own = hosts.filter((h) => h.arch === arch)
    if (own.length === 0) continue
    const bootEntry = await made('/boot-entries', entry)
    const before = await made('/boot-entries', entryBefore)
    const spec = changed(rolloutOf({ arch, hosts: own.length, bootEntry, before, start }))
    const rollout = await made('/rollouts', spec)
    asked.push(askedFor({ rollout, hosts: own.length, slots, start }))
    await operator.must('POST', `/rollouts/${rollout}/submit`, { reason: 'the simulation begins' })
  }
  clock.at(clock.now() + chanceOf(seed, 'approver').between(MINUTE, MOST_THOUGHT_MS), async () => {
    for (const { rollout } of asked)
      await approver.ask('POST', `/rollouts/${rollout}/approve`, { reason: 'looked at' })
  })
  return asked
}
