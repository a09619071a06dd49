import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { bootedAt, post, X86, type EnrolledHost } from '../fixtures.ts'
import { rolling, voices } from '../rolling.ts'

interface Event {
  readonly kind: string
  readonly host: string | null
  readonly by: string | null
  readonly detail: string
}

describe('the timeline of a rollout', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const read = async (rollout: string, query = '') =>
    (await v.get(`/rollouts/${rollout}/timeline${query}`)) as {
      items: Event[]
      next_cursor: string | null
    }
  const lands = async (host: EnrolledHost) => {
    const { plan } = await v.jump(host)
    const { body } = await v.get(`/plans/${plan}`)
    await post(api, host, bootedAt(X86, Number(body.expected.kernel_code[0])))
  }

  test('who told it what and why, its waves, what its hosts did, in the order in which it happened', async () => {
    const spec = { waves: [{ count: 1 }, { percent: 100 }], soak_seconds: 0 }
    const { hosts, rollout } = await rolling(api, 2, spec)
    const [one, two] = hosts as [EnrolledHost, EnrolledHost]
    await v.tell(rollout, 'pause', { reason: 'a call' })
    await v.tell(rollout, 'resume', { reason: 'it was nothing' })
    await lands(one)
    await v.standing(rollout)
    await lands(two)
    const { items } = await read(rollout)
    const admin = expect.stringMatching(/^key_/)
    const told = { host: null, plan: null, at: expect.any(String) }
    const did = { by: null, at: expect.any(String), plan: expect.stringMatching(/^plan_/) }
    expect(items).toEqual([
      { ...told, kind: 'create', by: admin, detail: 'test' },
      { ...told, kind: 'submit', by: admin, detail: 'test' },
      { ...told, kind: 'pause', by: admin, detail: 'a call' },
      { ...told, kind: 'resume', by: admin, detail: 'it was nothing' },
      expect.objectContaining({ ...did, kind: 'grant', host: one.id, plan: null }),
      expect.objectContaining({ ...did, kind: 'start', host: one.id }),
      expect.objectContaining({ ...did, kind: 'land', host: one.id }),
      { ...told, kind: 'advance', by: 'berth', detail: 'wave 1 has settled' },
      expect.objectContaining({ kind: 'grant', host: two.id }),
      expect.objectContaining({ kind: 'start', host: two.id }),
      expect.objectContaining({ kind: 'land', host: two.id }),
      { ...told, kind: 'finish', by: 'berth', detail: 'every host has settled' },
    ])
    for (const { detail } of items) expect(detail).not.toContain(rollout)
  })

  test('the brake by itself, and by hand; a gate that failed', async () => {
    const spec = { waves: [{ percent: 100 }], health: [{ id: 'smoke', kind: 'hook' }], soak_seconds: 0 }
    const { hosts, rollout } = await rolling(api, 3, { ...spec, max_unavailable: { percent: 100 } })
    const [, one, two] = hosts as EnrolledHost[]
    const tellSmoke = (verdict: string, detail: string) => {
      const path = `/v1/rollouts/${rollout}/health`
      return api.call({ method: 'post', path, as: api.admin, body: { gate: 'smoke', verdict, detail } })
    }
    await tellSmoke('fail', 'no login')
    await tellSmoke('pass', 'well')
    await v.jump(one as EnrolledHost)
    const elsewhere = { cmdline: 'console=ttyS0 rescue' }
    await post(api, one as EnrolledHost, bootedAt(X86, 0x1000000, elsewhere))
    await v.tell(rollout, 'acknowledge', { reason: 'seen' })
    await v.tell(rollout, 'halt', { reason: 'smoke in the rack' })
    await v.tell(rollout, 'skip-host', { host: two?.id, reason: 'its board is dead' })
    await v.tell(rollout, 'cancel', { reason: 'enough' })
    const { items } = await read(rollout)
    const who = ({ by, host }: Event) => (host === null ? by?.replace(/^key_.*/, 'key') : 'host')
    expect(items.slice(2).map((e) => `${who(e)} ${e.kind}`)).toEqual([
      ...['key unhealthy', 'host grant', 'host start', 'host cold-boot', 'berth halt'],
      ...['key acknowledge', 'key halt', 'host skip', 'key cancel', 'host cancel'],
    ])
    expect(items.filter(({ kind }) => kind === 'unhealthy').map(({ detail }) => detail)).toEqual([
      'smoke: no login',
    ])
    expect(items.find(({ kind }) => kind === 'skip')?.host).toBe(two?.id)
    const halts = items.filter(({ kind }) => kind === 'halt').map(({ detail }) => detail)
    expect(halts).toEqual([expect.stringContaining('1 of 3 hosts failed'), 'smoke in the rack'])
  })

  test('in pages, from either side, of one host, of one kind', async () => {
    const { hosts, rollout } = await rolling(api, 2, { waves: [{ percent: 100 }] })
    const [one] = hosts as [EnrolledHost]
    await v.jump(one)
    const all = (await read(rollout)).items
    const paged: Event[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await read(rollout, `?limit=1${cursor && `&cursor=${cursor}`}`)
      paged.push(...page.items)
      cursor = page.next_cursor
    }
    expect(paged).toEqual(all)
    const newest = await read(rollout, '?order=newest&limit=2')
    expect(newest.items).toEqual([...all].reverse().slice(0, 2))
    const older = await read(rollout, `?order=newest&limit=2&cursor=${newest.next_cursor}`)
    expect(older.items).toEqual([...all].reverse().slice(2, 4))
    expect((await read(rollout, `?host=${one.id}`)).items.map(({ kind }) => kind)).toEqual(['grant', 'start'])
    expect((await read(rollout, '?kind=submit')).items).toHaveLength(1)
    const bad = await api.call({
      method: 'get',
      path: `/v1/rollouts/${rollout}/timeline?cursor=xx`,
      as: api.admin,
    })
    expect([bad.status, bad.body.code]).toEqual([400, 'bad-cursor'])
  })

  test('what a host did stays when the host goes', async () => {
    const { hosts, rollout } = await rolling(api, 1, { waves: [{ percent: 100 }] })
    const [one] = hosts as [EnrolledHost]
    await v.jump(one)
    const before = (await read(rollout)).items
    await api.call({
      method: 'delete',
      path: `/v1/hosts/${one.id}`,
      as: api.admin,
      headers: { 'if-match': '*' },
    })
    expect((await read(rollout)).items.slice(0, before.length)).toEqual(before)
  })
})
