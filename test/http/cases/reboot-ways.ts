import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import {
  bootedAt,
  createEntry,
  createRollout,
  enroll,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'
import { MINUTE_MS, rolling, voices } from '../rolling.ts'

const ALL = { waves: [{ percent: 100 }], soak_seconds: 0 }
const ANYWHERE = 0x1000000
const OLD = 'console=ttyS0 old'
/** Nothing stops it by itself. */
const LENIENT = { failures: { count: 9 }, missing: { count: 9 } }

describe('hosts that go through firmware', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const sending = async (mode: string, spec: object = {}) => {
    const { hosts, rollout, entry } = await rolling(api, 1, { ...ALL, ...spec })
    const [host] = hosts as [EnrolledHost]
    const body = { kind: 'override', host: host.id, mode, reason: 'firmware has to run' }
    const rule = (await api.call({ method: 'post', path: '/v1/reboot-rules', as: api.admin, body })).body.id
    return { host, rollout, entry, rule }
  }
  const sent = async (host: EnrolledHost) => {
    const { body } = await v.ask(host)
    expect((await v.say(host, body.plan.id, 'executing')).body.state).toBe('executing')
    return body.plan.id as string
  }

  test.each(['cold', 'powercycle'])(
    '%s: nothing is placed, and it is a success by the next boot alone',
    async (mode) => {
      const { host, rollout, entry, rule } = await sending(mode, { halt: { failures: { count: 1 } } })
      const { body } = await v.ask(host)
      expect(body).toMatchObject({ reboot_mode: mode, boot_entry: { id: entry } })
      expect(body.plan.body).toMatchObject({ strategy: 'firmware', mode, inputs: { boot_id: 'boot-1' } })
      const plan = await v.get(`/plans/${body.plan.id}`)
      expect([plan.body, plan.digest]).toEqual([body.plan.body, body.plan.digest])
      expect((await v.get(`/reboot-rules/${rule}`)).used_by).toBe(body.plan.id)
      expect((await v.say(host, body.plan.id, 'loaded')).status).toBe(409)
      await v.say(host, body.plan.id, 'executing')
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'rebooting', mode })
      const { landing } = await post(api, host, bootedAt(X86, ANYWHERE))
      expect(landing?.verdict).toBe('cold-booted')
      expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'cold-booted', outcome: 'cold-booted' })
      expect(await v.standing(rollout)).toMatchObject({ state: 'done', halt: null })
      expect((await v.get(`/hosts/${host.id}`)).booted_plan).toBeNull()
    },
  )

  test('such a plan is told to people too', async () => {
    const { host } = await sending('cold')
    const { plan } = (await v.ask(host)).body
    const headers = { accept: 'text/plain' }
    const page = await api.call({ method: 'get', path: `/v1/plans/${plan.id}`, as: api.admin, headers })
    expect(page.text).toContain('plan firmware reboot, cold\nfrom boot boot-1')
  })

  test('an override is good for one reboot: the next grant goes by kexec', async () => {
    const { host, entry } = await sending('cold')
    await sent(host)
    await post(api, host, bootedAt(X86, ANYWHERE))
    await createRollout(api, { ...ALL, selector: { hosts: [host.id] }, boot_entry: entry }, true)
    expect((await v.ask(host)).body.reboot_mode).toBe('kexec')
  })

  test('what firmware booted instead is a landing elsewhere, and counts', async () => {
    const { host, rollout } = await sending('cold')
    await sent(host)
    await post(api, host, bootedAt(X86, ANYWHERE, { cmdline: OLD }))
    expect(await v.memberOf(rollout, host)).toMatchObject({
      state: 'landed-elsewhere',
      because: expect.stringContaining(`cmdline: expected console=ttyS0 nokaslr, found ${OLD}`),
    })
    expect((await v.standing(rollout)).halt.cause).toBe('failures')
  })

  test.each<[mode: string, field: string]>([
    ['cold', 'cold_seconds'],
    ['powercycle', 'powercycle_seconds'],
  ])('%s has a deadline of its own', async (mode, field) => {
    const { host, rollout } = await sending(mode, { deadlines: { rebooting_seconds: 60, [field]: 600 } })
    const plan = await sent(host)
    v.at(10 * MINUTE_MS - 1)
    expect((await v.memberOf(rollout, host)).state).toBe('rebooting')
    v.at(1)
    await v.standing(rollout)
    expect(await v.memberOf(rollout, host)).toMatchObject({
      state: 'missing',
      because: `it did not come back from its reboot by ${mode}`,
    })
    expect((await v.get(`/plans/${plan}/state`)).state).toBe('missing')
  })
})

describe('hosts that go back', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  /** A host of a rollout that rolls back, and the entry with the old command line. */
  const failing = async (spec: object = {}, count = 1) => {
    const old = await createEntry(api, X86, { initrd: null, options: OLD })
    const back = { on_failure: 'roll-back', fallback_entry: old, halt: LENIENT, ...spec }
    const { hosts, rollout } = await rolling(api, count, { ...ALL, ...back })
    return { host: hosts[0] as EnrolledHost, rollout, old }
  }
  const boots = (host: EnrolledHost, boot_id: string, cmdline: string) =>
    post(api, host, bootedAt(X86, ANYWHERE, { boot_id, cmdline }))
  const kinds = async (host: EnrolledHost) =>
    (await v.get(`/hosts/${host.id}/timeline`)).items.map((e: { kind: string }) => e.kind)

  test('one whose firmware has booted what it ran before is back without another reboot', async () => {
    const { host, rollout, old } = await failing()
    await v.jump(host)
    await boots(host, 'boot-2', OLD)
    expect(await v.memberOf(rollout, host)).toMatchObject({
      ...{ state: 'rolled-back', outcome: 'rolled-back', fallback: old, acknowledged: false },
      because: expect.stringContaining(`it runs ${old} again; cold-booted`),
    })
    expect(await v.standing(rollout)).toMatchObject({ state: 'done', counts: { 'rolled-back': 1 } })
    expect((await kinds(host)).slice(-3)).toEqual(['rollout-cold-boot', 'rollout-roll-back', 'snapshot'])
    expect((await v.get(`/leases`)).items.filter((l: { holder: string }) => l.holder === host.id)).toEqual([])
  })

  test('any other keeps its place, is handed the plan of what it ran before, once, and is judged by it', async () => {
    const { host, rollout, old } = await failing()
    const first = (await v.ask(host)).body
    await v.jump(host)
    await boots(host, 'boot-2', 'console=ttyS0 rescue')
    expect(await v.memberOf(rollout, host)).toMatchObject({
      ...{ state: 'rolling-back', outcome: 'cold-booted', fallback: old, fence: null },
    })
    const { items } = await v.get('/leases')
    expect(items.map((l: { holder: string }) => l.holder)).toContain(host.id)
    const explained = await v.get(`/hosts/${host.id}/explain`)
    expect(explained).toMatchObject({ verdict: 'go' })
    const sentences = explained.gates.map((g: { sentence: string }) => g.sentence)
    expect(sentences).toContain(`it is to go back to ${old}`)
    const back = await v.jump(host)
    const state = await v.memberOf(rollout, host)
    expect(state).toMatchObject({ state: 'rebooting', plan: back.plan })
    expect(state.fence).toBeGreaterThan(first.fence)
    expect((await v.get(`/plans/${back.plan}`)).boot_entry).toBe(old)
    await boots(host, 'boot-3', OLD)
    expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'rolled-back', failures: 0 })
    expect((await v.ask(host)).status).toBe(204)
    const audit = (await v.get(`/audit?target=${back.plan}`)).items
    expect(audit.map((e: { action: string }) => e.action)).toContain('plan.assigned')
    expect((await kinds(host)).filter((k: string) => k === 'rollout-fall-back')).toHaveLength(1)
  })

  test('one that does not come back from that either has failed, and nothing more is tried', async () => {
    const { host, rollout } = await failing({ attempts: { most: 3 } })
    await v.jump(host)
    await boots(host, 'boot-2', 'console=ttyS0 rescue')
    await v.jump(host)
    await boots(host, 'boot-3', 'console=ttyS0 rescue')
    v.at(60 * MINUTE_MS)
    expect((await v.ask(host)).status).toBe(204)
    expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'failed', acknowledged: false })
    expect((await v.standing(rollout)).state).toBe('done')
  })

  test('a rollout that stopped sends nobody back until somebody lets it go on', async () => {
    const { host, rollout } = await failing({ halt: { failures: { count: 1 } } })
    await v.jump(host)
    await boots(host, 'boot-2', 'console=ttyS0 rescue')
    expect((await v.standing(rollout)).state).toBe('halted')
    expect((await v.ask(host)).status).toBe(204)
    await v.tell(rollout, 'acknowledge')
    await v.jump(host)
    await boots(host, 'boot-3', OLD)
    // It is the failure that somebody has seen already.
    expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'rolled-back', acknowledged: true })
    expect((await v.standing(rollout)).state).toBe('done')
  })

  test('who comes back after all, and elsewhere, goes back too; booted by hand, it is back', async () => {
    const { host, rollout } = await failing({ deadlines: { rebooting_seconds: 60 } }, 2)
    await v.jump(host)
    v.at(MINUTE_MS)
    await v.standing(rollout)
    await v.tell(rollout, 'pause')
    expect((await v.memberOf(rollout, host)).state).toBe('missing')
    await boots(host, 'boot-2', 'console=ttyS0 rescue')
    expect((await v.memberOf(rollout, host)).state).toBe('rolling-back')
    expect((await v.ask(host)).status).toBe(204)
    await boots(host, 'boot-3', OLD)
    expect((await v.memberOf(rollout, host)).state).toBe('rolled-back')
  })

  test('where nobody named an entry, it is what its last other plan that landed had booted', async () => {
    const { hosts, entry } = await rolling(api, 1, ALL)
    const [host] = hosts as [EnrolledHost]
    const { plan } = await v.jump(host)
    const at = Number((await v.get(`/plans/${plan}`)).body.expected.kernel_code[0])
    await post(api, host, bootedAt(X86, at))
    expect((await v.get(`/plans/${plan}/state`)).state).toBe('landed')
    const next = await createEntry(api, X86, { initrd: null, options: 'console=ttyS0 nokaslr next' })
    const spec = {
      ...ALL,
      selector: { hosts: [host.id] },
      boot_entry: next,
      halt: LENIENT,
      on_failure: 'roll-back',
    }
    const rollout = await createRollout(api, spec, true)
    await v.jump(host)
    await boots(host, 'boot-3', 'console=ttyS0 rescue')
    expect(await v.memberOf(rollout, host)).toMatchObject({ state: 'rolling-back', fallback: entry })
  })

  test.each<[why: string, spec: object, state: string]>([
    ['nothing is known that it ran well', { fallback_entry: null }, 'cold-booted'],
    ['the rollout holds it', { on_failure: 'hold' }, 'cold-booted'],
  ])('%s: it stays as it came up', async (_why, spec, state) => {
    const { host, rollout } = await failing(spec)
    await v.jump(host)
    await boots(host, 'boot-2', OLD)
    expect(await v.memberOf(rollout, host)).toMatchObject({ state, fallback: null })
  })

  test('a load that failed on all attempts leaves it where it was: that is seen', async () => {
    const { host, rollout, old } = await failing()
    await post(api, host, snapshotOf(X86, 'boot-0', { cmdline: `${OLD}\n` }))
    const { plan } = (await v.ask(host)).body
    await v.say(host, plan.id, 'failed', 'load-refused: no')
    expect(await v.memberOf(rollout, host)).toMatchObject({
      state: 'rolled-back',
      failures: 1,
      fallback: old,
    })
  })

  test('an entry of another architecture is none to go back to: 400', async () => {
    const { id } = await enroll(api)
    const entry = await createEntry(api, X86)
    const arm = await createEntry(api, 'arm64-uefi-acpi-4g-boot1')
    const body = { name: 'r', selector: { hosts: [id] }, boot_entry: entry, fallback_entry: arm }
    const response = await api.call({ method: 'post', path: '/v1/rollouts', as: api.admin, body })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, '/fallback_entry'])
  })
})
