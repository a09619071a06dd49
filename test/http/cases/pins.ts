import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createPlan, plannedHost } from '../fixtures.ts'

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

  test.each([
    ['off a page border', { mem: '0x40000001' }, '/mem'],
    ['in upper case', { mem: '0xABC000' }, '/mem'],
    ['beyond 2^53', { mem: '0x20000000000000' }, '/mem'],
    ['without room', { room: 0 }, '/room'],
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
