import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createEntry, createPlan, enroll, plannedHost, post, snapshotOf, X86 } from '../fixtures.ts'

describe('pins', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const pinsOf = (host: string) => api.call({ method: 'get', path: `/v1/hosts/${host}/pins`, as: api.admin })
  const history = async (host: string) =>
    (await api.call({ method: 'get', path: `/v1/hosts/${host}/pins/history`, as: api.admin })).body.items as {
      kind: string
      change: string
      reason: string
      generation: number
    }[]

  test('an operator moves one, the next plan follows, and the history says why', async () => {
    const { host, entry } = await plannedHost(api)
    const before = await pinsOf(host.id)
    const pin = before.body.items.find((p: { kind: string }) => p.kind === 'initrd')
    const mem = `0x${(Number(pin.mem) - 0x1000000).toString(16)}`
    const path = `/v1/hosts/${host.id}/pins/reboot/initrd`
    const put = { method: 'put', path, as: api.admin, body: { mem, room: pin.room, reason: 'room above' } }
    expect((await api.call(put)).status).toBe(428)
    expect((await api.call({ ...put, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    const set = await api.call({ ...put, headers: { 'if-match': before.headers['etag'] ?? '' } })
    expect([set.status, set.body.generation]).toEqual([200, 2])
    expect((await pinsOf(host.id)).headers['etag']).toBe(set.headers['etag'])
    const plan = await createPlan(api, host, { boot_entry: entry })
    const { segments } = (await api.call({ method: 'get', path: `/v1/plans/${plan}`, as: api.admin })).body
      .body
    expect(segments.find((s: { kind: string }) => s.kind === 'initrd')).toMatchObject({
      mem,
      chosen: 'kept-pin',
    })
    expect((await history(host.id)).at(-1)).toMatchObject({
      kind: 'initrd',
      change: 'moved',
      reason: 'room above',
    })
  })

  test('an operator forgets one, and the next plan chooses anew', async () => {
    const { host, entry } = await plannedHost(api)
    const path = `/v1/hosts/${host.id}/pins/reboot/kernel?reason=${encodeURIComponent('new hardware')}`
    const forget = { method: 'delete', path, as: api.admin }
    expect((await api.call(forget)).status).toBe(428)
    expect((await api.call({ ...forget, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    const { etag = '' } = (await pinsOf(host.id)).headers
    expect((await api.call({ ...forget, headers: { 'if-match': etag } })).status).toBe(204)
    expect((await api.call({ ...forget, headers: { 'if-match': '*' } })).status).toBe(404)
    await createPlan(api, host, { boot_entry: entry })
    const changes = (await history(host.id))
      .filter((c) => c.kind === 'kernel')
      .map((c) => [c.change, c.generation])
    expect(changes).toEqual([
      ['set', 1],
      ['forgotten', 2],
      ['set', 3],
    ])
  })

  test("a group's pin becomes the host's own with the first plan that has the segment", async () => {
    const of = { group: 'racks', purpose: 'reboot', mem: '0x140000000', reason: 'one for all' }
    const set = { room: 0x8000000, setAt: new Date(0), setBy: 'key_1' }
    await api.store.groupPins.set({ ...of, ...set, kind: 'initrd' })
    await api.store.groupPins.set({ ...of, ...set, kind: 'dtb', mem: '0x150000000' })
    const host = await enroll(api, { group: 'racks' })
    await post(api, host, snapshotOf(X86))
    const bare = await createEntry(api, X86, { initrd: null })
    await createPlan(api, host, { boot_entry: bare })
    expect((await pinsOf(host.id)).body.items.map((p: { kind: string }) => p.kind)).not.toContain('initrd')
    const entry = await createEntry(api)
    const plan = await createPlan(api, host, { boot_entry: entry })
    const own = (await pinsOf(host.id)).body.items as { kind: string; mem: string; set_by: string }[]
    expect(own.find((p) => p.kind === 'initrd')).toMatchObject({
      mem: of.mem,
      set_by: plan,
      reason: 'of the group: one for all',
    })
    expect(own.map((p) => p.kind)).not.toContain('dtb')
    await api.store.groupPins.set({ ...of, ...set, kind: 'initrd', mem: '0x160000000' })
    await createPlan(api, host, { boot_entry: entry })
    expect((await pinsOf(host.id)).body.items).toEqual(own)
  })

  test.each([
    ['off a page border', { mem: '0x40000001' }, '/mem'],
    ['in upper case', { mem: '0xABC000' }, '/mem'],
    ['beyond 2^53', { mem: '0x20000000000000' }, '/mem'],
    ['without room', { room: 0 }, '/room'],
    ['that ends above the highest address', { mem: '0x1ffffffffff000', room: 8192 }, '/room'],
    ['without a reason', { reason: '' }, '/reason'],
  ])('a pin %s is 400', async (_why, wrong, pointer) => {
    const { host } = await plannedHost(api)
    const body = { mem: '0x40000000', room: 4096, reason: 'r', ...wrong }
    const path = `/v1/hosts/${host.id}/pins/reboot/kernel`
    const response = await api.call({
      method: 'put',
      path,
      as: api.admin,
      body,
      headers: { 'if-match': '*' },
    })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
  })
})
