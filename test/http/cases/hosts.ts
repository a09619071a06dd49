import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { enroll } from '../fixtures.ts'

/** Bound as the service has bound it, and going on somewhere else. */
function withAfter(cursor: string, after: string): string {
  const [binding = ''] = Buffer.from(cursor, 'base64url').toString().split(' ')
  return Buffer.from(`${binding} ${after}`).toString('base64url')
}

describe('enrolment and hosts', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const newToken = async (body = {}) =>
    (await api.call({ method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body })).body as {
      id: string
      token: string
    }
  const tryEnroll = (token: string, machine_id: string) =>
    api.call({
      method: 'post',
      path: '/v1/agent/enroll',
      body: { token, machine_id, hostname: 'h', arch: 'arm64', hardware_model: '' },
    })
  const hostAt = (id: string, as = api.admin) => api.call({ method: 'get', path: `/v1/hosts/${id}`, as })

  test('a token of two uses enrols two machines and no third', async () => {
    const { token } = await newToken({ uses: 2, group: 'web' })
    const first = await tryEnroll(token, 'two-1')
    expect(first.headers['location']).toBe(`/v1/hosts/${first.body.host}`)
    expect((await hostAt(first.body.host)).body).toMatchObject({
      group: 'web',
      state: 'active',
      booted_plan: null,
    })
    expect((await tryEnroll(token, 'two-2')).status).toBe(201)
    const third = await tryEnroll(token, 'two-3')
    expect([third.status, third.body.code]).toEqual([401, 'bad-enrollment-token'])
  })

  test.each<[why: string, spoil: (token: { id: string; token: string }) => Promise<string>]>([
    ['of nobody', async () => 'berth_enroll_abc_0123456789abcdef0123456789abcdef'],
    ['of no form', async () => 'let me in'],
    ['with another secret', async ({ token }) => `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`],
    ['that is an API key', async () => api.admin],
    [
      'that was taken back',
      async ({ id, token }) => {
        const path = `/v1/enrollment-tokens/${id}`
        expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
        return token
      },
    ],
  ])('a token %s does not enrol', async (_why, spoil) => {
    const response = await tryEnroll(await spoil(await newToken()), 'nobody')
    expect([response.status, response.body.code]).toEqual([401, 'bad-enrollment-token'])
  })

  test('a token ends with its last second', async () => {
    const { token } = await newToken({ uses: 2, expires_in: 60 })
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 59_999)
    expect((await tryEnroll(token, 'in-time')).status).toBe(201)
    api.clock.now = new Date(start.getTime() + 60_000)
    expect((await tryEnroll(token, 'late')).status).toBe(401)
    api.clock.now = start
  })

  test('a machine that enrols again is refused, and its host is quarantined until an operator releases it', async () => {
    const host = await enroll(api, { machine_id: 'clone' })
    const { token } = await newToken()
    const again = await tryEnroll(token, 'clone')
    expect([again.status, again.body.code]).toEqual([409, 'already-enrolled'])
    expect((await hostAt(host.id)).body.state).toBe('quarantined')
    expect((await hostAt(host.id, host.credential)).body.code).toBe('host-quarantined')
    const release = {
      method: 'post',
      path: `/v1/hosts/${host.id}/release`,
      as: api.admin,
      body: { reason: 'reinstalled' },
    }
    expect((await api.call(release)).body).toMatchObject({ state: 'active', state_reason: 'reinstalled' })
    expect((await hostAt(host.id, host.credential)).status).toBe(200)
    const twice = await api.call(release)
    expect([twice.status, twice.body.code]).toEqual([409, 'not-quarantined'])
    const timeline = await api.call({ method: 'get', path: `/v1/hosts/${host.id}/timeline`, as: api.admin })
    expect(timeline.body.items.map((e: { kind: string }) => e.kind)).toEqual([
      'enrolled',
      'quarantined',
      'released',
    ])
  })

  test('a change needs the ETag of what it changes', async () => {
    const { id } = await enroll(api)
    const { etag } = (await hostAt(id)).headers
    const patch = {
      method: 'patch',
      path: `/v1/hosts/${id}`,
      as: api.admin,
      body: { labels: { rack: 'b12' } },
    }
    expect((await api.call(patch)).status).toBe(428)
    expect((await api.call({ ...patch, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    expect((await api.call({ ...patch, headers: { 'if-match': `W/${etag}` } })).status).toBe(412)
    const changed = await api.call({ ...patch, headers: { 'if-match': etag ?? '' } })
    expect(changed.body.labels).toEqual({ rack: 'b12' })
    expect((await hostAt(id)).headers['etag']).toBe(changed.headers['etag'])
    expect((await api.call({ ...patch, headers: { 'if-match': etag ?? '' } })).status).toBe(412)
    const grouped = { ...patch, body: { group: 'db', hardware_model: 'X2' }, headers: { 'if-match': '*' } }
    expect((await api.call(grouped)).body).toMatchObject({
      group: 'db',
      hardware_model: 'X2',
      labels: { rack: 'b12' },
    })
  })

  test.each<[why: string, body: object, pointer: string]>([
    ['an unknown field', { state: 'active' }, '/state'],
    ['a label of the wrong form', { labels: { 'Not A Name': 'x' } }, '/labels/Not A Name'],
    ['a label that is no text', { labels: { rack: 7 } }, '/labels/rack'],
    ['a group of the wrong form', { group: 'A B' }, '/group'],
    ['control characters', { hardware_model: 'a\nb' }, '/hardware_model'],
  ])('a change with %s is 400 and says where', async (_why, body, pointer) => {
    const { id } = await enroll(api)
    const patch = {
      method: 'patch',
      path: `/v1/hosts/${id}`,
      as: api.admin,
      body,
      headers: { 'if-match': '*' },
    }
    const response = await api.call(patch)
    expect(response.status).toBe(400)
    expect(response.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual([pointer])
  })

  test('a host that is let go takes its credential along', async () => {
    const host = await enroll(api)
    const gone = { method: 'delete', path: `/v1/hosts/${host.id}`, as: api.admin }
    expect((await api.call(gone)).status).toBe(428)
    expect((await api.call({ ...gone, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    const { etag = '' } = (await hostAt(host.id)).headers
    expect((await api.call({ ...gone, headers: { 'if-match': etag } })).status).toBe(204)
    expect((await hostAt(host.id)).status).toBe(404)
    expect((await hostAt(host.id, host.credential)).status).toBe(401)
  })

  test('to a host every other host is not there', async () => {
    const [one, two] = [await enroll(api), await enroll(api)]
    expect((await hostAt(one.id, one.credential)).status).toBe(200)
    expect((await hostAt(two.id, one.credential)).status).toBe(404)
    expect((await api.call({ method: 'get', path: '/v1/hosts', as: one.credential })).status).toBe(403)
  })

  test('pages are stable under inserts, and a cursor belongs to its filter', async () => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push((await enroll(api, { group: 'paged' })).id)
    const list = (query: string) =>
      api.call({ method: 'get', path: `/v1/hosts?group=paged&limit=2${query}`, as: api.admin })
    const first = await list('')
    await enroll(api, { group: 'other' })
    const second = await list(`&cursor=${first.body.next_cursor}`)
    const link = /^<([^>]+)>; rel="next"$/.exec(second.headers['link'] ?? '')?.[1] ?? ''
    const third = await api.call({ method: 'get', path: link, as: api.admin })
    const found = [first, second, third].flatMap((page) => page.body.items.map((h: { id: string }) => h.id))
    expect(found).toEqual(ids)
    expect([third.body.next_cursor, third.headers['link']]).toEqual([null, undefined])
    const cursor = first.body.next_cursor
    for (const path of [
      `/v1/hosts?group=other&cursor=${cursor}`,
      `/v1/keys?cursor=${cursor}`,
      '/v1/hosts?cursor=x',
      `/v1/hosts?group=paged&limit=2&cursor=${withAfter(cursor, 'host_\0')}`,
      `/v1/hosts?group=paged&limit=2&cursor=${withAfter(cursor, '')}`,
    ]) {
      const response = await api.call({ method: 'get', path, as: api.admin })
      expect([path, response.status, response.body.code]).toEqual([path, 400, 'bad-cursor'])
    }
    for (const [limit, status] of [
      [0, 400],
      [1, 200],
      [500, 200],
      [501, 400],
    ]) {
      const response = await api.call({ method: 'get', path: `/v1/hosts?limit=${limit}`, as: api.admin })
      expect([limit, response.status]).toEqual([limit, status])
    }
  })

  test('hosts are found by label', async () => {
    const { id } = await enroll(api)
    const body = { labels: { rack: 'x"y', row: '1' } }
    await api.call({
      method: 'patch',
      path: `/v1/hosts/${id}`,
      as: api.admin,
      body,
      headers: { 'if-match': '*' },
    })
    const found = async (label: string) => {
      const path = `/v1/hosts?label=${encodeURIComponent(label)}`
      return (await api.call({ method: 'get', path, as: api.admin })).body.items.map(
        (h: { id: string }) => h.id,
      )
    }
    expect([await found('rack=x"y'), await found('row=1'), await found('row=')]).toEqual([[id], [id], []])
  })
})
