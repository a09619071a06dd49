import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createEntry, createPlan, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

const RELEASE = '5.14.0-427.el9.x86_64'

describe('the fleet', () => {
  let api: Api
  let planned: EnrolledHost
  const get = async (path: string) => (await api.call({ method: 'get', path, as: api.admin })).body
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  test('of nobody has no counts', async () => {
    expect(await get('/v1/fleet')).toEqual({
      ...{ hosts: 0, states: [], archs: [], groups: [], hardware_models: [], releases: [], plans: [] },
      ...{ drift: { elsewhere: 0, load_refused: 0, no_snapshot: 0 }, opted_out: 0 },
    })
  })

  test('is counted, the most frequent first; the newest snapshot and plan count', async () => {
    planned = await enroll(api, { group: 'web' })
    await enroll(api, { group: 'web' })
    const alone = await enroll(api, { arch: 'arm64' })
    const { uname = '' } = snapshotOf(X86).files
    const release = uname.split(' ')[2] ?? ''
    await post(api, planned, snapshotOf(X86, 'boot-0', { uname: uname.replaceAll(release, RELEASE) }))
    await post(api, planned, snapshotOf(X86))
    const entry = await createEntry(api)
    await createPlan(api, planned, { boot_entry: entry })
    const second = await createPlan(api, planned, { boot_entry: entry })
    await api.call({ method: 'post', path: `/v1/plans/${second}/assign`, as: api.admin })
    await api.call({
      method: 'patch',
      path: `/v1/hosts/${alone.id}`,
      as: api.admin,
      headers: { 'if-match': '*' },
      body: { opt_out: { reason: 'test' } },
    })
    expect(await get('/v1/fleet')).toEqual({
      hosts: 3,
      states: [{ value: 'active', hosts: 3 }],
      archs: [
        { value: 'x86_64', hosts: 2 },
        { value: 'arm64', hosts: 1 },
      ],
      groups: [
        { value: 'web', hosts: 2 },
        { value: null, hosts: 1 },
      ],
      hardware_models: [{ value: 'model', hosts: 3 }],
      releases: [
        { value: null, hosts: 2 },
        { value: release, hosts: 1 },
      ],
      plans: [{ value: 'assigned', hosts: 1 }],
      drift: { elsewhere: 0, load_refused: 0, no_snapshot: 2 },
      opted_out: 1,
    })
    expect((await get(`/v1/hosts/${planned.id}`)).kernel_release).toBe(release)
    const listed = async (query: string) =>
      (await get(`/v1/hosts?${query}`)).items.map((host: { id: string }) => host.id)
    expect(await listed(`kernel_release=${encodeURIComponent(release)}`)).toEqual([planned.id])
    expect(await listed('hardware_model=other')).toEqual([])
    expect(await listed('plan=assigned')).toEqual([planned.id])
    expect(await listed('plan=assigned&group=other')).toEqual([])
    // An older plan of it is planned still, and does not count.
    expect(await listed('plan=planned')).toEqual([])
  })

  test('a list by plan goes on where its page ended', async () => {
    const hosts = [planned]
    const entry = await createEntry(api)
    for (let i = 0; i < 2; i++) {
      const host = await enroll(api)
      await post(api, host, snapshotOf(X86))
      await createPlan(api, host, { boot_entry: entry })
      hosts.push(host)
    }
    await createPlan(api, planned, { boot_entry: entry })
    const found: string[] = []
    for (let cursor = ''; ;) {
      const page = await get(`/v1/hosts?plan=planned&limit=1${cursor}`)
      found.push(...page.items.map((host: { id: string }) => host.id))
      if (page.next_cursor === null) break
      cursor = `&cursor=${page.next_cursor}`
    }
    expect(found).toEqual(hosts.map((host) => host.id).sort())
  })
})
