import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import {
  bootedAt,
  createEntry,
  createKey,
  createPlan,
  createRollout,
  enroll,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'
import { MINUTE_MS, rolling, voices } from '../rolling.ts'

const ALL = { waves: [{ percent: 100 }], soak_seconds: 0 }
const NOBODY = '0'.repeat(26)

describe('rollouts', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  const asked: string[] = []
  let healthy = 200
  beforeAll(async () => {
    const fetch: typeof globalThis.fetch = async (url) => {
      asked.push(String(url))
      return new Response('', { status: healthy })
    }
    api = await startApi({ config: { probeOrigins: ['http://checks.example'] }, fetch })
    v = voices(api)
  })
  afterAll(() => api.close())

  const create = (spec: object, query = '') =>
    api.call({ method: 'post', path: `/v1/rollouts${query}`, as: api.admin, body: { name: 'r', ...spec } })
  const placed = async (plan: string) => Number((await v.get(`/plans/${plan}`)).body.expected.kernel_code[0])
  const lands = async (host: EnrolledHost, plan: string) => post(api, host, bootedAt(X86, await placed(plan)))

  describe('are made', () => {
    test('a preview shows the order by failure domain and stores nothing', async () => {
      const racks = ['b', 'a', 'a', undefined]
      const hosts: string[] = []
      for (const rack of racks) {
        const { id } = await enroll(api)
        hosts.push(id)
        const body = rack === undefined ? { opt_out: { reason: 'a disk' } } : { labels: { rack } }
        const headers = { 'if-match': '*' }
        await api.call({ method: 'patch', path: `/v1/hosts/${id}`, as: api.admin, headers, body })
      }
      const [b, a1, a2, none] = hosts
      const spec = { selector: { hosts }, boot_entry: await createEntry(api), waves: [{ count: 3 }] }
      const before = (await v.get('/rollouts')).items.length
      const seen = await create(
        { ...spec, failure_domain: { label: 'rack', per_domain: 1 } },
        '?dry_run=true',
      )
      const waves = seen.body.waves.map((w: { hosts: { host: string }[] }) => w.hosts.map((h) => h.host))
      expect([seen.status, seen.body.hosts, waves]).toEqual([200, 4, [[a1, b, none], [a2]]])
      expect(seen.body.waves[0].hosts[2]).toMatchObject({ domain: null, held: 'opted out: a disk' })
      expect((await v.get('/rollouts')).items).toHaveLength(before)
    })

    test.each<[why: string, spec: object, pointer: string]>([
      ['a zone that nobody knows', windowIn('Mars/Olympus'), '/windows/0/zone'],
      ['an offset for a zone', windowIn('+02:00'), '/windows/0/zone'],
      ['a freeze that ends before it begins', freeze(2, 1), '/freezes/0'],
      ['two gates with one id', gates({}, {}), '/health/1/id'],
      ['kdump for all at once', gates({ kind: 'kdump' }), '/health/0'],
      ['a probe where nobody may ask', probing('http://169.254.169.254/latest'), '/health/0'],
      ['a probe that only begins so', probing('http://checks.example.evil/'), '/health/0'],
      ['prometheus without a query', probing('http://checks.example/', 'prometheus'), '/health/0'],
      ['no host that matches', { selector: { group: 'nobody' } }, '/selector'],
      ['a host of another architecture', { selector: { arch: 'arm64' } }, '/selector'],
    ])('not with %s: 400', async (_why, spec, pointer) => {
      await enroll(api, { arch: 'arm64' })
      const response = await create({ selector: {}, boot_entry: await createEntry(api), ...spec })
      expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
    })

    test('not for a boot entry that is not there: 404', async () => {
      const response = await create({ selector: {}, boot_entry: `boot_${NOBODY}` })
      expect([response.status, response.body.code]).toEqual([404, 'not-found'])
    })
  })

  describe('take commands', () => {
    test.each<[why: string, before: string[], command: string, state: string]>([
      ['to resume what is a draft', [], 'resume', 'draft'],
      ['to submit what runs', ['submit'], 'submit', 'running'],
      ['to resume what is halted', ['submit', 'pause', 'halt'], 'resume', 'halted'],
      ['to let a brake go that is off', ['submit'], 'acknowledge', 'running'],
      ['to cancel what is cancelled', ['cancel'], 'cancel', 'cancelled'],
    ])('but not %s: 409', async (_why, before, command, state) => {
      const { id } = await enroll(api)
      const rollout = await createRollout(api, {
        selector: { hosts: [id] },
        boot_entry: await createEntry(api),
      })
      for (const one of before) expect((await v.tell(rollout, one)).status).toBe(200)
      const { allowed } = await v.standing(rollout)
      const response = await v.tell(rollout, command)
      expect([response.status, response.body]).toEqual([
        409,
        expect.objectContaining({ code: 'wrong-rollout-state', state, allowed }),
      ])
      expect(allowed).not.toContain(command)
    })

    test('the brake and the operator’s pause are two switches', async () => {
      const { rollout } = await rolling(api, 1)
      for (const one of ['pause', 'halt']) await v.tell(rollout, one)
      expect((await v.tell(rollout, 'acknowledge')).body).toMatchObject({ state: 'paused', halt: null })
      expect((await v.tell(rollout, 'resume')).body).toMatchObject({ state: 'running', paused: null })
    })

    test('two others must approve; not the author, not one of them twice', async () => {
      const { id } = await enroll(api)
      const rollout = await createRollout(api, {
        ...{ selector: { hosts: [id] }, boot_entry: await createEntry(api), approvals: 2 },
      })
      expect((await v.tell(rollout, 'submit')).body.state).toBe('awaiting-approval')
      const approve = (as: string) => v.tell(rollout, 'approve', {}, as)
      const [first, second] = [await createKey(api, 'operator'), await createKey(api, 'operator')]
      expect((await approve(api.admin)).body.code).toBe('own-approval')
      expect((await approve(first)).body.state).toBe('awaiting-approval')
      expect((await approve(first)).body.code).toBe('approved-already')
      expect((await approve(second)).body).toMatchObject({ state: 'running', wave: 1 })
      const audit = (await v.get(`/audit?target=${rollout}`)).items
      const told = audit.filter((e: { action: string }) => e.action === 'rollout.command.approve')
      expect(told.map((e: { detail: object }) => e.detail)).toEqual([{ reason: 'test' }, { reason: 'test' }])
    })
  })

  describe('grant', () => {
    test('one host after the other, and are done when all have landed', async () => {
      const { hosts, rollout } = await rolling(api, 2, ALL)
      const [one, two] = hosts as [EnrolledHost, EnrolledHost]
      const granted = await v.ask(one)
      expect(granted.body).toMatchObject({ rollout, fence: expect.any(Number), reboot_mode: 'kexec' })
      expect(granted.body.nonce).toMatch(/^[0-9a-f]{32}$/)
      expect(granted.body.not_after > granted.body.issued_at).toBe(true)
      expect((await v.ask(one)).body).toEqual(granted.body)
      expect((await v.ask(two)).status).toBe(204)
      const { plan } = await v.jump(one)
      expect(await v.memberOf(rollout, one)).toMatchObject({ state: 'rebooting', plan })
      expect((await v.ask(two)).status).toBe(204)
      await lands(one, plan)
      expect(await v.memberOf(rollout, one)).toMatchObject({ state: 'landed', outcome: 'landed' })
      const { plan: next } = await v.jump(two)
      await lands(two, next)
      expect(await v.standing(rollout)).toMatchObject({ state: 'done', counts: { landed: 2 } })
    })

    test('of many who ask at once no more than may be away', async () => {
      const { hosts, rollout } = await rolling(api, 7, { ...ALL, max_unavailable: { count: 2 } })
      const answers = await Promise.all(hosts.flatMap((host) => [v.ask(host), v.ask(host)]))
      const plans = answers.filter(({ status }) => status === 200).map(({ body }) => body.plan.id)
      expect([new Set(plans).size, plans.length]).toEqual([2, 4])
      expect(await v.standing(rollout)).toMatchObject({ counts: { granted: 2, waiting: 5 } })
    })

    test('a waiting agent is woken when its turn comes', async () => {
      const { hosts } = await rolling(api, 2, ALL)
      const [one, two] = hosts as [EnrolledHost, EnrolledHost]
      const { plan } = await v.jump(one)
      const waiting = v.ask(two, 60)
      await lands(one, plan)
      expect((await waiting).body.plan.id).toMatch(/^plan_/)
    })

    test('nothing while paused, the same host when it goes on', async () => {
      const { hosts, rollout } = await rolling(api, 1, ALL)
      const [host] = hosts as [EnrolledHost]
      await v.tell(rollout, 'pause')
      expect((await v.ask(host)).status).toBe(204)
      const waiting = v.ask(host, 60)
      await v.tell(rollout, 'resume')
      expect((await waiting).status).toBe(200)
    })

    test('what the planner refuses is a failed attempt with its reason, and halts', async () => {
      const boot_entry = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: 2 ** 40 } })
      const { hosts, rollout } = await rolling(api, 1, { ...ALL, boot_entry })
      expect((await v.ask(hosts[0] as EnrolledHost)).status).toBe(204)
      const member = await v.memberOf(rollout, hosts[0] as EnrolledHost)
      expect(member).toMatchObject({ state: 'failed', because: expect.stringMatching(/^[a-z-]+: /) })
      expect(await v.standing(rollout)).toMatchObject({ state: 'halted', halt: { cause: 'failures' } })
      expect((await v.get(`/leases?host=${hosts[0]?.id}`)).items).toEqual([])
      expect((await v.tell(rollout, 'acknowledge')).body.state).toBe('done')
    })

    test('an agent that could not has failed; one that came too late gives its grant back', async () => {
      const { hosts, rollout } = await rolling(api, 1, ALL)
      const [host] = hosts as [EnrolledHost]
      const first = (await v.ask(host)).body.plan.id
      await v.say(host, first, 'refused', 'too-late: the window has closed')
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'waiting', failures: 0 })
      const second = (await v.ask(host)).body.plan.id
      await v.say(host, second, 'refused', 'wrong-image: another kernel')
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'failed', failures: 1 })
    })

    test('a grant is not used outside its window: 409 with the gates, and it is handed back', async () => {
      const windows = [{ days: [...DAYS], start: '23:00', duration_minutes: 60, zone: 'Asia/Kolkata' }]
      api.clock.now = new Date('2030-01-01T18:00:00.000Z')
      const { hosts, rollout } = await rolling(api, 1, { ...ALL, windows })
      const [host] = hosts as [EnrolledHost]
      const granted = await v.ask(host)
      expect(granted.body.not_after).toBe('2030-01-01T18:30:00.000Z')
      await v.say(host, granted.body.plan.id, 'loaded')
      v.at(30 * MINUTE_MS)
      const { status, body } = await v.say(host, granted.body.plan.id, 'executing')
      expect([status, body.code]).toEqual([409, 'not-now'])
      const shut = body.gates.filter((g: { verdict: string }) => g.verdict !== 'pass')
      expect(shut.map((g: { gate: string }) => g.gate)).toContain('window')
      expect((await v.say(host, granted.body.plan.id, 'executing')).body.code).toBe('not-now')
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'waiting', fence: null, failures: 0 })
      expect((await v.get(`/plans/${granted.body.plan.id}/state`)).state).toBe('refused')
      v.at(23 * 60 * MINUTE_MS + 30 * MINUTE_MS)
      expect((await v.ask(host)).status).toBe(200)
    })

    test('a cancelled rollout takes back what was not loaded, and still judges who has jumped', async () => {
      const { hosts, rollout } = await rolling(api, 3, { ...ALL, max_unavailable: { count: 2 } })
      const [gone, granted, waits] = hosts as [EnrolledHost, EnrolledHost, EnrolledHost]
      const { plan } = await v.jump(gone)
      const unused = (await v.ask(granted)).body.plan.id
      await v.tell(rollout, 'cancel')
      expect((await v.ask(granted)).status).toBe(204)
      expect((await v.get(`/plans/${unused}/state`)).state).toBe('expired')
      expect((await v.memberOf(rollout, waits)).state).toBe('cancelled')
      await lands(gone, plan)
      expect((await v.memberOf(rollout, gone)).state).toBe('landed')
    })
  })

  describe('lose hosts', () => {
    test('that do not come back: seen by whoever reads, and judged after all when they do', async () => {
      const { hosts, rollout } = await rolling(api, 2, { ...ALL, deadlines: { rebooting_seconds: 900 } })
      const [host, other] = hosts as [EnrolledHost, EnrolledHost]
      const { plan } = await v.jump(host)
      v.at(15 * MINUTE_MS - 1)
      expect((await v.get(`/plans/${plan}/state`)).state).toBe('executing')
      v.at(1)
      expect((await v.get(`/plans/${plan}/state`)).state).toBe('missing')
      expect(await v.standing(rollout)).toMatchObject({ state: 'halted', halt: { cause: 'missing' } })
      await v.tell(rollout, 'acknowledge')
      expect((await v.ask(other)).status).toBe(204)
      await lands(host, plan)
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'landed' })
      expect((await v.get(`/plans/${plan}/state`)).state).toBe('landed')
      expect((await v.ask(other)).status).toBe(200)
    })

    test.each([
      ['had loaded nothing', [], 'expired'],
      ['had loaded its kernel', ['loaded'], 'missing'],
    ])('one that %s and speaks again comes back to its place', async (_why, said, then) => {
      const { hosts, rollout } = await rolling(api, 1, { ...ALL, deadlines: { granted_seconds: 900 } })
      const [host] = hosts as [EnrolledHost]
      const plan = (await v.ask(host)).body.plan.id
      for (const phase of said) await v.say(host, plan, phase)
      v.at(15 * MINUTE_MS)
      expect(await v.standing(rollout)).toMatchObject({ state: 'halted', halt: { cause: 'missing' } })
      expect((await v.get(`/plans/${plan}/state`)).state).toBe(then)
      expect((await v.ask(host)).status).toBe(204)
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'waiting', plan: null })
      expect((await v.get(`/plans/${plan}/state`)).state).toBe('expired')
      expect((await v.get(`/leases?host=${host.id}`)).items).toEqual([])
      await v.tell(rollout, 'acknowledge')
      const next = (await v.ask(host)).body.plan.id
      expect(next).not.toBe(plan)
      await lands(host, (await v.jump(host)).plan)
      expect((await v.standing(rollout)).state).toBe('done')
    })

    test('one that is skipped is in nobody’s way; one that has jumped cannot be', async () => {
      const { hosts, rollout } = await rolling(api, 2, ALL)
      const [host, other] = hosts as [EnrolledHost, EnrolledHost]
      await v.jump(host)
      const early = await v.tell(rollout, 'skip-host', { host: host.id })
      expect([early.status, early.body.state, early.body.allowed]).toEqual([409, 'rebooting', []])
      v.at(30 * MINUTE_MS)
      expect((await v.standing(rollout)).counts.missing).toBe(1)
      await v.tell(rollout, 'acknowledge')
      expect((await v.tell(rollout, 'skip-host', { host: host.id })).body.counts.skipped).toBe(1)
      expect((await v.ask(other)).status).toBe(200)
      const nobody = await v.tell(rollout, 'skip-host', { host: `host_${NOBODY}` })
      expect([nobody.status, nobody.body.code]).toEqual([404, 'not-found'])
    })

    test('an operator’s own plan has to wait for the rollout’s deadline, and no longer', async () => {
      const { hosts, entry } = await rolling(api, 1, { ...ALL, deadlines: { rebooting_seconds: 900 } })
      const [host] = hosts as [EnrolledHost]
      const { plan } = await v.jump(host)
      const own = await createPlan(api, host, { boot_entry: entry })
      const assign = () => api.call({ method: 'post', path: `/v1/plans/${own}/assign`, as: api.admin })
      v.at(15 * MINUTE_MS - 1)
      expect((await assign()).body.code).toBe('wrong-plan-state')
      v.at(1)
      expect((await assign()).body.state).toBe('assigned')
      expect((await v.get(`/plans/${plan}/state`)).state).toBe('missing')
    })

    test('one that is deleted gives its place free at once', async () => {
      const { hosts, rollout } = await rolling(api, 2, ALL)
      const [host, other] = hosts as [EnrolledHost, EnrolledHost]
      await v.jump(host)
      const headers = { 'if-match': '*' }
      await api.call({ method: 'delete', path: `/v1/hosts/${host.id}`, as: api.admin, headers })
      expect((await v.get(`/leases?host=${host.id}`)).items).toEqual([])
      expect((await v.memberOf(rollout, host)).state).toBe('skipped')
      expect((await v.ask(other)).status).toBe(200)
    })
  })

  describe('look at health', () => {
    test('a hook’s word opens the gate for as long as it counts, and a failure halts', async () => {
      const health = [{ id: 'smoke', kind: 'hook', valid_seconds: 60, on_fail: 'halt' }]
      const { hosts, rollout } = await rolling(api, 1, { ...ALL, health })
      const [host] = hosts as [EnrolledHost]
      const told = (verdict: string, more: object = {}) =>
        api.call({
          method: 'post',
          path: `/v1/rollouts/${rollout}/health`,
          as: api.admin,
          body: { gate: 'smoke', verdict, detail: 'as told', ...more },
        })
      expect((await v.ask(host)).status).toBe(204)
      expect((await told('pass', { host: host.id })).body.errors[0].pointer).toBe('/host')
      expect((await told('pass', { gate: 'other' })).body.errors[0].pointer).toBe('/gate')
      expect((await told('pass')).status).toBe(201)
      v.at(MINUTE_MS)
      expect((await v.ask(host)).status).toBe(204)
      await told('inconclusive')
      expect((await v.ask(host)).status).toBe(204)
      await told('fail')
      expect(await v.standing(rollout)).toMatchObject({ state: 'halted', halt: { cause: 'health' } })
      await v.tell(rollout, 'acknowledge')
      await told('pass')
      expect((await v.ask(host)).status).toBe(200)
    })

    test('a probe is asked when a host asks, and not again while its answer counts', async () => {
      const { hosts } = await rolling(api, 1, { ...ALL, ...probing('http://checks.example/well') })
      const [host] = hosts as [EnrolledHost]
      healthy = 503
      expect((await v.ask(host)).status).toBe(204)
      expect((await v.ask(host)).status).toBe(204)
      expect(asked).toEqual(['http://checks.example/well'])
      const { gates: told } = await v.get(`/hosts/${host.id}/explain`)
      const health = told.find((g: { gate: string }) => g.gate === 'health')
      expect(health).toMatchObject({ id: 'gate', verdict: 'fail', sentence: 'gate: answered 503' })
      healthy = 200
      v.at(5 * MINUTE_MS)
      expect((await v.ask(host)).status).toBe(200)
    })

    test.each([
      ['with a crash kernel the host goes', 'kexec_crash_size 268435456\nkexec_crash_loaded 1\n', 200],
      ['without one it waits', 'kexec_crash_size 268435456\nkexec_crash_loaded 0\n', 204],
      ['without memory for one it waits', 'kexec_crash_size 0\nkexec_crash_loaded 0\n', 204],
    ])('kdump: %s', async (_why, sysfs, status) => {
      const { hosts } = await rolling(api, 1, { ...ALL, ...gates({ kind: 'kdump', scope: 'host' }) })
      const [host] = hosts as [EnrolledHost]
      await post(api, host, snapshotOf(X86, 'boot-3', { 'kexec-sysfs': sysfs }))
      expect((await v.ask(host)).status).toBe(status)
    })
  })

  test('members come in pages, by state and wave', async () => {
    const { rollout, hosts } = await rolling(api, 3, { waves: [{ count: 1 }] })
    const first = await v.get(`/rollouts/${rollout}/members?limit=2`)
    const second = await v.get(`/rollouts/${rollout}/members?limit=2&cursor=${first.next_cursor}`)
    const ids = [...first.items, ...second.items].map((m: { host: string }) => m.host)
    expect([ids, second.next_cursor]).toEqual([hosts.map((h) => h.id).sort(), null])
    const later = await v.get(`/rollouts/${rollout}/members?wave=2&state=waiting`)
    expect(later.items).toHaveLength(2)
  })
})

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

function windowIn(zone: string) {
  return { windows: [{ days: ['mon'], start: '22:00', duration_minutes: 60, zone }] }
}

function freeze(from: number, until: number) {
  const at = (n: number) => new Date(n).toISOString()
  return { freezes: [{ from: at(from), until: at(until), because: 'test' }] }
}

function gates(...changes: object[]) {
  return { health: changes.map((change) => ({ id: 'gate', kind: 'hook', ...change })) }
}

function probing(url: string, kind = 'http') {
  return gates({ kind, probe: { url } })
}
