import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { bootedAt, createRollout, enroll, post, snapshotOf, createEntry, X86 } from '../fixtures.ts'
import { scrape, valuesOf } from '../exposition.ts'
import { voices } from '../rolling.ts'

const ALL = {
  waves: [{ percent: 100 }],
  soak_seconds: 0,
  halt: { failures: { count: 9 }, missing: { count: 9 } },
}
const ANYWHERE = 0x1000000
const OLD = 'console=ttyS0 old'
const DAY_MS = 24 * 3600 * 1000

describe('reboot durations', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const read = async (query = '') => (await v.get(`/reboot-durations${query}`)).items

  /** A host of a model jumps, and comes back after so long. */
  async function reboots(
    hardware_model: string,
    { way, ms, cmdline }: { way: 'kexec' | 'cold' | 'powercycle'; ms: number; cmdline?: string },
  ): Promise<void> {
    const host = await enroll(api, { hardware_model })
    await post(api, host, snapshotOf(X86))
    if (way !== 'kexec') {
      const body = { kind: 'override', host: host.id, mode: way, reason: 'firmware has to run' }
      await api.call({ method: 'post', path: '/v1/reboot-rules', as: api.admin, body })
    }
    const boot_entry = await createEntry(api, X86, { initrd: null })
    await createRollout(api, { ...ALL, selector: { hosts: [host.id] }, boot_entry }, true)
    const { plan } = (await v.ask(host)).body
    if (way === 'kexec') await v.say(host, plan.id, 'loaded')
    await v.say(host, plan.id, 'executing')
    v.at(ms)
    const at = way === 'kexec' ? Number(plan.body.expected.kernel_code[0]) : ANYWHERE
    await post(api, host, bootedAt(X86, at, cmdline === undefined ? {} : { cmdline }))
  }

  test('nothing was measured: there are none', async () => {
    expect(await read()).toEqual([])
  })

  test.each<[way: 'kexec' | 'cold' | 'powercycle']>([['kexec'], ['cold'], ['powercycle']])(
    'by %s: from the jump to the next boot, by the clock of the service',
    async (way) => {
      await reboots(`once-${way}`, { way, ms: 12_345 })
      expect(await read(`?hardware_model=once-${way}`)).toEqual([
        {
          ...{ mode: way, arch: 'x86_64', hardware_model: `once-${way}`, count: 1 },
          ...{ median_seconds: 12.345, p90_seconds: 12.345, max_seconds: 12.345, saved_against_cold: null },
        },
      ])
    },
  )

  test('a kexec that came up by something else is neither a kexec nor what was meant by cold', async () => {
    await reboots('astray', { way: 'kexec', ms: 300_000, cmdline: OLD })
    expect(await read('?hardware_model=astray')).toMatchObject([{ mode: 'other', median_seconds: 300 }])
  })

  test('firmware that boots something else took as long all the same', async () => {
    await reboots('elsewhere', { way: 'cold', ms: 200_000, cmdline: OLD })
    expect(await read('?hardware_model=elsewhere')).toMatchObject([{ mode: 'cold', median_seconds: 200 }])
  })

  test('median and p90 are measured ones; what kexec saves is told where cold is known', async () => {
    for (const s of [10, 30, 20, 40]) await reboots('big', { way: 'kexec', ms: s * 1000 })
    for (const s of [600, 620, 700]) await reboots('big', { way: 'cold', ms: s * 1000 })
    await reboots('small', { way: 'kexec', ms: 5000 })
    const items = await read()
    const of = (model: string, mode: string) =>
      items.find(
        (i: { hardware_model: string; mode: string }) => i.hardware_model === model && i.mode === mode,
      )
    expect(of('big', 'kexec')).toMatchObject({
      ...{ count: 4, median_seconds: 20, p90_seconds: 40, max_seconds: 40 },
      saved_against_cold: { median_seconds: 600, total_seconds: 2400 },
    })
    expect(of('big', 'cold')).toMatchObject({ count: 3, median_seconds: 620, saved_against_cold: null })
    expect(of('small', 'kexec').saved_against_cold).toBeNull()
    expect(await read('?arch=arm64')).toEqual([])
  })

  test('who was given up and came back after all was away for the whole time', async () => {
    const host = await enroll(api, { hardware_model: 'slow' })
    await post(api, host, snapshotOf(X86))
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const spec = { ...ALL, selector: { hosts: [host.id] }, boot_entry, deadlines: { rebooting_seconds: 60 } }
    const rollout = await createRollout(api, spec, true)
    const { plan } = (await v.ask(host)).body
    await v.jump(host)
    v.at(3_600_000)
    expect((await v.standing(rollout)).counts).toEqual({ missing: 1 })
    v.at(1000)
    await post(api, host, bootedAt(X86, Number(plan.body.expected.kernel_code[0])))
    expect(await read('?hardware_model=slow')).toMatchObject([{ mode: 'kexec', median_seconds: 3601 }])
  })

  test('where nobody heard of the jump nothing is counted', async () => {
    const host = await enroll(api, { hardware_model: 'silent' })
    await post(api, host, snapshotOf(X86))
    const boot_entry = await createEntry(api, X86, { initrd: null })
    await createRollout(api, { ...ALL, selector: { hosts: [host.id] }, boot_entry }, true)
    const { plan } = (await v.ask(host)).body
    await v.say(host, plan.id, 'loaded')
    v.at(10_000)
    const { landing } = await post(api, host, bootedAt(X86, Number(plan.body.expected.kernel_code[0])))
    expect(landing?.verdict).toBe('landed')
    expect(await read('?hardware_model=silent')).toEqual([])
  })

  test('only so many days are looked back; the histogram of the metrics forgets nothing', async () => {
    const families = await scrape(api)
    const count = valuesOf(families, 'berth_reboot_duration_seconds_count')
    expect(count).toEqual({
      'mode=kexec arch=x86_64': 7,
      'mode=cold arch=x86_64': 5,
      'mode=powercycle arch=x86_64': 1,
      'mode=other arch=x86_64': 1,
    })
    expect(valuesOf(families, 'berth_reboot_duration_seconds_bucket')).toMatchObject({
      'mode=kexec arch=x86_64 le=5': 1,
      'mode=kexec arch=x86_64 le=10': 2,
      'mode=kexec arch=x86_64 le=20': 4,
      'mode=kexec arch=x86_64 le=3600': 6,
      'mode=kexec arch=x86_64 le=+Inf': 7,
    })
    v.at(2 * DAY_MS)
    expect(await read('?days=1')).toEqual([])
    expect((await read('?days=3')).length).toBeGreaterThan(0)
    expect(valuesOf(await scrape(api), 'berth_reboot_duration_seconds_count')).toEqual(count)
  })

  test('they stay when their host goes', async () => {
    const before = await read()
    const { items } = await v.get('/hosts')
    for (const { id } of items) {
      await api.call({
        method: 'delete',
        path: `/v1/hosts/${id}`,
        as: api.admin,
        headers: { 'if-match': '*' },
      })
    }
    expect(await read()).toEqual(before)
  })
})
