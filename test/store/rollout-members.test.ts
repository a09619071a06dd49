import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { startApi, type Api } from '../http/api.ts'
import { rolling } from '../http/rolling.ts'

let api: Api
let other: Store
let rollout: string
let hosts: readonly string[]

beforeEach(async () => {
  api = await startApi()
  other = await openStore(api.databaseUrl)
  const made = await rolling(api, 3)
  rollout = made.rollout
  hosts = made.hosts.map((host) => host.id)
})
afterEach(async () => {
  await other.close()
  await api.close()
})

/** What a store says of each member, as its service reads it. */
async function because(store: Store): Promise<string[]> {
  const members = await store.rolloutMembers.of(rollout, (await store.rollouts.revision(rollout)) ?? 0)
  return members.map((m) => m.because)
}

/** Changes one member as a decision does. */
const change = (store: Store, host: number, to: string) =>
  store.write(async (rows) => {
    await rows.rolloutMembers.progress({ rolloutId: rollout, hostIds: [hosts[host] ?? ''] }, { because: to })
    await rows.rollouts.touch(rollout)
  })

test('members are read anew where they have changed, whoever changed them', async () => {
  const [first = ''] = await because(api.store)
  expect(await because(other)).toEqual([first, first, first])
  await change(other, 1, 'by another')
  expect(await because(api.store)).toEqual([first, 'by another', first])
  await change(api.store, 0, 'by itself')
  await change(other, 1, 'by another again')
  expect(await because(api.store)).toEqual(['by itself', 'by another again', first])
  expect(await because(other)).toEqual(['by itself', 'by another again', first])
})

test('a transaction sees what it has changed, and nothing of it is left when it is undone', async () => {
  const before = await because(api.store)
  const undone = api.store.write(async (rows) => {
    const [hostId = ''] = hosts
    await rows.rolloutMembers.progress({ rolloutId: rollout, hostIds: [hostId] }, { because: 'for now' })
    await rows.rollouts.touch(rollout)
    const members = await rows.rolloutMembers.of(rollout, (await rows.rollouts.revision(rollout)) ?? 0)
    expect(members[0]?.because).toBe('for now')
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await because(api.store)).toEqual(before)
})

test('a host that was heard of is read anew, though nothing else has changed', async () => {
  await because(api.store)
  const at = new Date('2030-01-01T00:05:00.000Z')
  await other.write((rows) => rows.rolloutMembers.heard(rollout, hosts.slice(2), at))
  const members = await api.store.rolloutMembers.of(
    rollout,
    (await api.store.rollouts.revision(rollout)) ?? 0,
  )
  expect(members.map((m) => m.heardAt?.getTime() ?? null)).toEqual([null, null, at.getTime()])
})
