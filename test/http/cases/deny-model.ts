import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RebootRule } from '../../../src/wire/reboot-rule.ts'
import { startApi, type Api } from '../api.ts'
import { createEntry, createRollout, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'
import { voices } from '../rolling.ts'

const DAY_S = 86_400
const RULE = { hosts: 2, within_seconds: DAY_S, lasts_seconds: 2 * DAY_S }
const ALL = {
  waves: [{ percent: 100 }],
  max_unavailable: { percent: 100 },
  halt: { failures: { percent: 100 }, missing: { percent: 100 } },
}

describe('a hardware model that kexec fails on', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  let models = 0
  const fleetOf = async (count: number, deny_model: object | null) => {
    const model = `Model ${++models}`
    const hosts: EnrolledHost[] = []
    for (let i = 0; i < count; i++) {
      const host = await enroll(api, { hardware_model: model })
      await post(api, host, snapshotOf(X86))
      hosts.push(host)
    }
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const selector = { hosts: hosts.map((h) => h.id) }
    const rollout = await createRollout(api, { selector, boot_entry, deny_model, ...ALL }, true)
    return { model, hosts, rollout }
  }
  /** It jumps, and comes up by firmware: another boot with the memory and kernel of before. */
  const comesBackCold = async (host: EnrolledHost): Promise<string> => {
    const { plan } = await v.jump(host)
    await post(api, host, snapshotOf(X86, 'boot-2'))
    return plan
  }
  const rulesOf = async (model: string): Promise<RebootRule[]> =>
    (await v.get(`/reboot-rules?hardware_model=${encodeURIComponent(model)}`)).items

  test('is denied it at the number of hosts that the rollout names, with the plans as evidence', async () => {
    const { model, hosts, rollout } = await fleetOf(3, RULE)
    const [one, two, three] = hosts as [EnrolledHost, EnrolledHost, EnrolledHost]
    const first = await comesBackCold(one)
    expect(await rulesOf(model)).toEqual([])
    v.at(1000)
    const second = await comesBackCold(two)
    const [rule, ...more] = await rulesOf(model)
    expect(more).toEqual([])
    expect(rule).toMatchObject({
      ...{ kind: 'denial', mode: 'kexec', hardware_model: model, created_by: 'berth' },
      expires_at: new Date(api.clock.now.getTime() + RULE.lasts_seconds * 1000).toISOString(),
      reason: expect.stringContaining(rollout),
    })
    const evidence = rule?.kind === 'denial' ? rule.evidence : []
    expect(evidence).toHaveLength(2)
    expect(evidence.join(' ')).toContain(`${one.id}: cold-booted (${first})`)
    expect(evidence.join(' ')).toContain(`${two.id}: cold-booted (${second})`)
    const audit = (await v.get(`/audit?target=${rule?.id}`)).items
    expect(audit.map((e: { action: string; actor: string }) => [e.action, e.actor])).toEqual([
      ['reboot-rule.create', 'berth'],
    ])
    const explained = (await v.get(`/hosts/${three.id}/explain`)).gates
    const mode = explained.find((g: { gate: string }) => g.gate === 'reboot-mode')
    expect(mode.sentence).toContain(`${model} is denied kexec`)
    const path = `/v1/reboot-rules/${rule?.id}`
    expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
    expect(await rulesOf(model)).toEqual([])
  })

  test('is not denied it where the rollout did not ask for that', async () => {
    const { model, hosts } = await fleetOf(2, null)
    for (const host of hosts) await comesBackCold(host)
    expect(await rulesOf(model)).toEqual([])
  })

  test('is not denied it by what lies too far back', async () => {
    const { model, hosts } = await fleetOf(2, RULE)
    await comesBackCold(hosts[0] as EnrolledHost)
    v.at(DAY_S * 1000)
    await comesBackCold(hosts[1] as EnrolledHost)
    expect(await rulesOf(model)).toEqual([])
  })

  test('is denied it once, also when an operator was first', async () => {
    const { model, hosts } = await fleetOf(2, { ...RULE, hosts: 1 })
    await comesBackCold(hosts[0] as EnrolledHost)
    const [rule] = await rulesOf(model)
    const override = { kind: 'override', host: hosts[1]?.id, mode: 'kexec', reason: 'to see' }
    await api.call({ method: 'post', path: '/v1/reboot-rules', as: api.admin, body: override })
    await comesBackCold(hosts[1] as EnrolledHost)
    expect((await rulesOf(model)).map((r) => r.id)).toEqual([rule?.id])
  })
})
