import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Explanation, Gate } from '../../../src/wire/explain.ts'
import { startApi, type Api } from '../api.ts'
import { createPlan, enroll, plannedHost, type EnrolledHost } from '../fixtures.ts'
import { rolling, voices } from '../rolling.ts'

const ALL = { waves: [{ percent: 100 }] }
const HOSTS_OWN = [
  ...[
    'quarantine',
    'opt-out',
    'standing-pause',
    'snapshot',
    'preflight',
    'exceptions',
    'plan',
    'reboot-mode',
  ],
]

describe('why a host is or is not rebooted', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const explain = (host: EnrolledHost): Promise<Explanation> => v.get(`/hosts/${host.id}/explain`)
  const gateOf = async (host: EnrolledHost, name: string) =>
    (await explain(host)).gates.find((g: Gate) => g.gate === name)
  const patch = (host: EnrolledHost, body: object) =>
    api.call({
      method: 'patch',
      path: `/v1/hosts/${host.id}`,
      as: api.admin,
      headers: { 'if-match': '*' },
      body,
    })
  const rule = (body: object) => api.call({ method: 'post', path: '/v1/reboot-rules', as: api.admin, body })

  test('no rollout has it: that is said, after what holds for it anyway', async () => {
    const host = await enroll(api)
    const { verdict, gates, sentence } = await explain(host)
    expect(gates.map((g) => g.gate)).toEqual([...HOSTS_OWN, 'rollout'])
    expect([verdict, sentence]).toEqual(['stopped', expect.stringContaining('snapshot')])
    expect(gates.at(-1)?.sentence).toBe('no rollout has this host')
  })

  test('one that may go, and what its agent gets agree; then it is on its way', async () => {
    const { hosts, rollout } = await rolling(api, 2, ALL)
    const [one, two] = hosts as [EnrolledHost, EnrolledHost]
    expect((await explain(one)).verdict).toBe('go')
    await v.jump(one)
    const gone = await explain(one)
    expect([gone.verdict, gone.sentence]).toEqual(['wait', expect.stringContaining('is executing')])
    const waits = await explain(two)
    expect([waits.verdict, waits.gates.at(-1)?.rollout]).toEqual(['wait', rollout])
    expect(waits.sentence).toContain(`1 of at most 1 hosts are away: ${one.id}`)
    expect((await v.ask(two)).status).toBe(204)
    // Who has the host's credential may ask too.
    const path = `/v1/hosts/${two.id}/explain`
    expect((await api.call({ method: 'get', path, as: two.credential })).status).toBe(200)
  })

  test('an opt-out keeps it out until it is taken back', async () => {
    const { hosts } = await rolling(api, 1, { ...ALL, soak_seconds: 86_400, waves: [{ count: 1 }] })
    const [host] = hosts as [EnrolledHost]
    const changed = await patch(host, { opt_out: { reason: 'a disk is being replaced' } })
    expect(changed.body.opt_out).toMatchObject({ reason: 'a disk is being replaced' })
    expect((await v.ask(host)).status).toBe(204)
    expect(await gateOf(host, 'opt-out')).toMatchObject({
      verdict: 'fail',
      since: changed.body.opt_out.since,
      sentence: 'the host is opted out: a disk is being replaced',
    })
  })

  test('a quarantine is told with its reason', async () => {
    const host = await enroll(api, { machine_id: 'copied' })
    await enroll(api, { machine_id: 'copied' })
    const gate = await gateOf(host, 'quarantine')
    expect([gate?.verdict, gate?.sentence]).toEqual(['fail', expect.stringContaining('enrolled again')])
  })

  test('what an operator has assigned goes first', async () => {
    const { host, entry } = await plannedHost(api, { initrd: null })
    const plan = await createPlan(api, host, { boot_entry: entry, assign: true })
    expect(await gateOf(host, 'plan')).toMatchObject({
      verdict: 'wait',
      sentence: expect.stringContaining(plan),
    })
  })

  test('a rollout that ended is named', async () => {
    const { hosts, rollout } = await rolling(api, 1, ALL)
    await v.tell(rollout, 'cancel')
    const gate = await gateOf(hosts[0] as EnrolledHost, 'rollout')
    expect(gate?.sentence).toContain(`cancelled in ${rollout}, which is cancelled`)
  })

  test('a model that is denied kexec goes otherwise; a one-shot override is used up by its plan', async () => {
    const { hosts } = await rolling(api, 1, ALL)
    const [host] = hosts as [EnrolledHost]
    await patch(host, { hardware_model: 'Denied 2U' })
    const denial = {
      kind: 'denial',
      hardware_model: 'Denied 2U',
      mode: 'kexec',
      evidence: ['its network card is dead after kexec'],
      reason: 'test',
    }
    const denied = await rule(denial)
    expect(denied.status).toBe(201)
    const gate = await gateOf(host, 'reboot-mode')
    expect(gate?.sentence).toMatch(/^it goes by cold: .*network card/)
    const override = { kind: 'override', host: host.id, mode: 'kexec', reason: 'to see' }
    const { id } = (await rule(override)).body
    const granted = await v.ask(host)
    expect(granted.body.reboot_mode).toBe('kexec')
    expect((await v.get(`/reboot-rules/${id}`)).used_by).toBe(granted.body.plan.id)
    expect((await v.get(`/reboot-rules?host=${host.id}`)).items).toHaveLength(1)
    const path = `/v1/reboot-rules/${denied.body.id}`
    expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
    expect((await v.get('/reboot-rules?hardware_model=Denied%202U')).items).toEqual([])
  })

  test("the host's own setting goes before its model, until it ends", async () => {
    const host = await enroll(api)
    const expires_at = new Date(api.clock.now.getTime() + 1000).toISOString()
    const reboot_mode = { mode: 'powercycle', reason: 'firmware', expires_at }
    expect((await patch(host, { reboot_mode })).body.reboot_mode).toEqual(reboot_mode)
    expect((await gateOf(host, 'reboot-mode'))?.sentence).toBe('it goes by powercycle: firmware')
    v.at(1000)
    expect((await gateOf(host, 'reboot-mode'))?.sentence).toContain('it goes by kexec')
  })

  test.each<[why: string, change: object, status: number]>([
    ['that has ended', { expires_at: '2020-01-01T00:00:00.000Z' }, 400],
    ['without evidence', { evidence: [] }, 400],
    ['for a host that is not there', { kind: 'override', host: `host_${'0'.repeat(26)}` }, 404],
  ])('a reboot rule %s is refused', async (_why, change, status) => {
    const denial = { kind: 'denial', hardware_model: 'm', mode: 'kexec', evidence: ['e'], reason: 'test' }
    const { hardware_model: _, evidence: __, ...rest } = denial
    const body = 'host' in change ? { ...rest, ...change } : { ...denial, ...change }
    expect((await rule(body)).status).toBe(status)
  })
})
