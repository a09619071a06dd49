import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import {
  bootedAt,
  createPlan,
  enroll,
  plannedHost,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'

const MINUTE_MS = 60_000

describe('the agent and the life of a plan', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const assign = (plan: string, on = api) =>
    on.call({ method: 'post', path: `/v1/plans/${plan}/assign`, as: on.admin })
  const ask = (host: EnrolledHost, wait = 0, on = api) =>
    on.call({ method: 'get', path: `/v1/agent/assignment?wait=${wait}`, as: host.credential })
  const say = (host: EnrolledHost, plan: string, phase: string) =>
    api.call({
      method: 'post',
      path: '/v1/agent/reports',
      as: host.credential,
      body: { plan, phase, boot_id: 'boot-1' },
    })
  const stateOf = async (plan: string) =>
    (await api.call({ method: 'get', path: `/v1/plans/${plan}/state`, as: api.admin })).body
  const placed = async (plan: string) => {
    const { body } = await api.call({ method: 'get', path: `/v1/plans/${plan}`, as: api.admin })
    return Number(body.body.expected.kernel_code[0])
  }
  const prepared = () => plannedHost(api, { initrd: null })

  test('what is assigned is what is asked for, to the byte', async () => {
    const { host, plan } = await prepared()
    expect((await ask(host)).status).toBe(204)
    expect((await assign(plan)).body.state).toBe('assigned')
    const answer = await ask(host)
    const whole = await api.call({ method: 'get', path: `/v1/plans/${plan}`, as: host.credential })
    const body = whole.text.slice(whole.text.indexOf('"body":'), -1)
    expect(answer.text).toContain(body)
    expect(answer.body.plan).toMatchObject({ id: plan, digest: whole.body.digest })
  })

  test('a waiting agent is woken by the assignment', async () => {
    const { host, plan } = await prepared()
    const waiting = ask(host, 60)
    await assign(plan)
    expect((await waiting).body.plan.id).toBe(plan)
  })

  test('closing lets a waiting agent go with 204', async () => {
    const own = await startApi()
    const host = await enroll(own)
    const waiting = ask(host, 60, own)
    await expect.poll(() => connections(own)).toBeGreaterThan(0)
    const closed = own.close()
    expect((await waiting).status).toBe(204)
    await closed
  })

  test('a plan that was loaded, executed and is found where planned has landed', async () => {
    const { host, plan, entry } = await prepared()
    await assign(plan)
    expect((await say(host, plan, 'loaded')).body.state).toBe('loaded')
    expect((await say(host, plan, 'loaded')).body.state).toBe('loaded')
    expect((await say(host, plan, 'executing')).body.state).toBe('executing')
    expect((await post(api, host, snapshotOf(X86))).landing).toBeNull()
    const after = await post(api, host, bootedAt(X86, await placed(plan)))
    expect(after.landing).toMatchObject({ verdict: 'landed', plan })
    const state = await stateOf(plan)
    expect([state.state, state.landing.certainty, state.boot_id]).toEqual(['landed', 'exact', 'boot-1'])
    const { body } = await api.call({ method: 'get', path: `/v1/hosts/${host.id}`, as: host.credential })
    expect(body.booted_plan).toBe(plan)
    const next = await createPlan(api, host, { boot_entry: entry })
    expect(await placed(next)).toBe(await placed(plan))
    const timeline = await api.call({
      method: 'get',
      path: `/v1/hosts/${host.id}/timeline`,
      as: host.credential,
    })
    const kinds = timeline.body.items.map((e: { kind: string }) => e.kind)
    const life = [
      'plan-planned',
      'plan-assigned',
      'plan-loaded',
      'plan-executing',
      'plan-landed',
      'snapshot',
      'plan-planned',
    ]
    expect(kinds).toEqual(['enrolled', 'snapshot', ...life])
  })

  test.each<
    [why: string, phases: string[], after: (at: number) => ReturnType<typeof bootedAt>, want: string]
  >([
    [
      'one step beside its place',
      ['loaded', 'executing'],
      (at) => bootedAt(X86, at - 0x200000),
      'landed-elsewhere',
    ],
    [
      'with another command line',
      ['loaded', 'executing'],
      (at) => bootedAt(X86, at, { cmdline: 'other' }),
      'cold-booted',
    ],
    ['only loaded, then booted otherwise', ['loaded'], () => snapshotOf(X86, 'boot-2'), 'cold-booted'],
    ['loaded, its last report lost', ['loaded'], (at) => bootedAt(X86, at), 'landed'],
    ['never loaded', [], () => snapshotOf(X86, 'boot-2'), 'expired'],
  ])('a plan %s', async (_why, phases, after, want) => {
    const { host, plan } = await prepared()
    await assign(plan)
    for (const phase of phases) await say(host, plan, phase)
    await post(api, host, after(await placed(plan)))
    expect((await stateOf(plan)).state).toBe(want)
    const { body } = await api.call({ method: 'get', path: `/v1/hosts/${host.id}`, as: api.admin })
    expect(body.booted_plan).toBe(want === 'landed' ? plan : null)
  })

  test.each([
    ['executing before it is loaded', [], 'executing'],
    ['refused after it was executed', ['loaded', 'executing'], 'refused'],
    ['loaded after it failed', ['failed'], 'loaded'],
    ['after the boot, of a plan that never left', ['loaded'], 'booted'],
  ])('a report %s is 409', async (_why, before, phase) => {
    const { host, plan } = await prepared()
    await assign(plan)
    for (const one of before) expect((await say(host, plan, one)).status).toBe(200)
    const response = await say(host, plan, phase)
    expect([response.status, response.body.code]).toEqual([409, 'wrong-plan-state'])
  })

  test('what hooks did after the boot stands in the timeline, and changes no state', async () => {
    const { host, plan } = await prepared()
    await assign(plan)
    await say(host, plan, 'loaded')
    await say(host, plan, 'executing')
    await post(api, host, bootedAt(X86, await placed(plan)))
    expect((await say(host, plan, 'booted')).body.state).toBe('landed')
    const path = `/v1/hosts/${host.id}/timeline`
    const { items } = (await api.call({ method: 'get', path, as: api.admin })).body
    expect(items.at(-1)).toMatchObject({ kind: 'post-boot', plan })
  })

  test("another host's plan is not there to report on", async () => {
    const { plan } = await prepared()
    const response = await say(await enroll(api), plan, 'loaded')
    expect([response.status, response.body.code]).toEqual([404, 'not-found'])
  })

  test('a plan of an older snapshot is stale, and one that is assigned cannot be so again', async () => {
    const { host, plan, entry } = await prepared()
    await post(api, host, snapshotOf(X86, 'boot-2'))
    const stale = await assign(plan)
    expect([stale.status, stale.body.code]).toEqual([409, 'stale-plan'])
    const path = `/v1/hosts/${host.id}/plans`
    const body = { boot_entry: entry, assign: true }
    const { id } = (await api.call({ method: 'post', path, as: api.admin, body })).body
    expect((await stateOf(id)).state).toBe('assigned')
    expect((await assign(id)).body.code).toBe('wrong-plan-state')
    const newer = await createPlan(api, host, { boot_entry: entry, assign: true, strategy: 'kexec_file' })
    expect([(await stateOf(id)).state, (await ask(host)).body.plan.id]).toEqual(['superseded', newer])
  })

  test('a crash plan is no agent’s to apply', async () => {
    const { host, entry } = await prepared()
    const crash = await createPlan(api, host, { boot_entry: entry, purpose: 'crash' })
    const response = await assign(crash)
    expect([response.status, response.body.code]).toEqual([422, 'not-assignable'])
  })

  test('a host in the middle of a jump gets no other plan, until its silence makes it missing', async () => {
    const { host, plan, entry } = await prepared()
    await assign(plan)
    await say(host, plan, 'loaded')
    await say(host, plan, 'executing')
    const next = await createPlan(api, host, { boot_entry: entry })
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 15 * MINUTE_MS - 1)
    expect((await assign(next)).body.code).toBe('wrong-plan-state')
    api.clock.now = new Date(start.getTime() + 15 * MINUTE_MS)
    expect((await assign(next)).body.state).toBe('assigned')
    expect((await stateOf(plan)).state).toBe('missing')
    api.clock.now = start
  })
})

function connections({ app }: Api): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}
