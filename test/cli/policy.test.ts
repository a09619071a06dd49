import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EffectivePolicy, Policy } from '../../src/wire/policy.ts'
import { startApi, type Api } from '../http/api.ts'
import { enroll } from '../http/fixtures.ts'
import { berth, cells, enrollNamed, UNHURRIED } from './remote-berth.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
})
afterAll(() => api.close())
beforeEach(async () => {
  for (const { scope } of await api.store.policies.list({ limit: 500, after: null })) {
    await api.store.write((rows) => rows.policies.remove(scope))
  }
})

const BECAUSE = ['--reason', 'a test']

async function set(scope: string, ...argv: string[]): Promise<Policy> {
  const { code, stdout, stderr } = await berth(api, [
    'policy',
    'set',
    scope,
    ...argv,
    ...BECAUSE,
    '--output',
    'json',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Policy
}

describe('berth policy set', () => {
  test('each option is its rule', async () => {
    const { scope, rules, generation, reason } = await set(
      'fleet',
      ...[
        '--on-broken',
        'strict',
        '--headroom',
        'initrd=25%,64M',
        '--headroom',
        'dtb=100%',
        '--headroom',
        'kernel=2M',
      ],
      ...[
        '--random',
        'rng_seed',
        '--random',
        'initrd',
        '--remember-boots',
        '4',
        '--keep-snapshots',
        '32',
        '--keep-days',
        '30',
      ],
    )
    expect({ scope, generation, reason }).toEqual({ scope: 'fleet', generation: 1, reason: 'a test' })
    expect(rules).toEqual({
      on_broken: 'strict',
      headroom: {
        initrd: { percent: 25, bytes: 67108864 },
        dtb: { percent: 100, bytes: 0 },
        kernel: { percent: 0, bytes: 2097152 },
      },
      random: ['rng_seed', 'initrd'],
      remember_boots: 4,
      keep_snapshots: { count: 32, days: 30 },
    })
  })

  test('rules that are not named stay, and headroom stays for kinds that are not named', async () => {
    await set(
      'group:web',
      '--on-broken',
      'repin',
      '--headroom',
      'initrd=25%',
      '--keep-snapshots',
      '32',
      '--keep-days',
      '30',
    )
    const { rules, generation } = await set(
      'group:web',
      '--headroom',
      'kernel=4M',
      '--keep-days',
      '60',
      '--no-random',
    )
    expect(generation).toBe(2)
    expect(rules).toEqual({
      on_broken: 'repin',
      headroom: { initrd: { percent: 25, bytes: 0 }, kernel: { percent: 0, bytes: 4194304 } },
      random: [],
      keep_snapshots: { count: 32, days: 60 },
    })
  })

  test('an age is set, and taken back', async () => {
    expect((await set('group:aged', '--snapshot-max-age', '86400')).rules).toEqual({
      snapshot_max_age_seconds: 86400,
    })
    expect((await set('group:aged', '--snapshot-max-age', 'none')).rules).toEqual({
      snapshot_max_age_seconds: null,
    })
  })

  test('a host is named by its id or its hostname', async () => {
    const { id } = await enrollNamed(api, 'web-9')
    expect((await set('host:web-9', '--on-broken', 'strict')).scope).toBe(`host:${id}`)
    expect((await set(`host:${id}`, '--on-broken', 'prefer')).generation).toBe(2)
  })

  test.each<[why: string, argv: string[], says: string]>([
    ['no rule', ['fleet'], 'no rule is named'],
    ['half of what belongs together', ['fleet', '--keep-days', '30'], 'go together'],
    ['an on-broken that there is not', ['fleet', '--on-broken', 'ignore'], '--on-broken'],
    ['a headroom without a kind', ['fleet', '--headroom', '25%'], '--headroom'],
    ['a headroom for a kind that there is not', ['fleet', '--headroom', 'disk=25%'], 'kinds are kernel'],
    ['a headroom with two shares', ['fleet', '--headroom', 'initrd=25%,30%'], '--headroom'],
    ['a headroom of nothing', ['fleet', '--headroom', 'initrd='], '--headroom'],
    ['a random kind that there is not', ['fleet', '--random', 'disk'], '--random'],
    ['boots that are no number', ['fleet', '--remember-boots', 'all'], '--remember-boots'],
  ])('usage, %s: exit 2', async (_why, argv, says) => {
    const { code, stdout, stderr } = await berth(api, ['policy', 'set', ...argv, ...BECAUSE])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  test.each<[why: string, argv: string[], says: string]>([
    ['a scope that there is not', ['rack:b12', '--on-broken', 'strict'], 'path/scope'],
    ['a rule that policy may not have', ['fleet', '--random', 'kernel'], '/rules/random/0: '],
    ['a host that there is not', [`host:host_${'0'.repeat(26)}`, '--on-broken', 'strict'], 'no such host'],
  ])('refused by the service, %s: exit 1', async (_why, argv, says) => {
    const { code, stdout, stderr } = await berth(api, ['policy', 'set', ...argv, ...BECAUSE])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
  })
})

describe('berth policy', () => {
  test('without a host: what each scope sets', async () => {
    expect((await berth(api, ['policy'])).stdout).toBe('no scope sets a policy: the defaults hold\n')
    await set('fleet', '--on-broken', 'strict', '--keep-snapshots', '32', '--keep-days', '30')
    await set('group:web', '--headroom', 'initrd=12.5%,64M', '--random', 'rng_seed')
    const { code, stdout } = await berth(api, ['policy'])
    expect(code).toBe(0)
    expect(cells(stdout, 2)).toEqual([
      ['fleet', 'on_broken strict; keep_snapshots 32 for 30 days'],
      ['group:web', 'headroom initrd=12.5%,64M; random rng_seed'],
    ])
    const json = JSON.parse((await berth(api, ['policy', '--output', 'json'])).stdout)
    expect(json.items).toHaveLength(2)
  })

  test('of a host: every rule and where it comes from', async () => {
    const { id } = await enroll(api, { group: 'web' })
    await set('fleet', '--on-broken', 'strict', '--remember-boots', '8')
    await set('group:web', '--remember-boots', '4')
    const { code, stdout } = await berth(api, ['policy', id])
    expect(code).toBe(0)
    const rules = new Map(cells(stdout, 3).map(([rule = '', ...rest]) => [rule, rest]))
    expect(rules.get('on_broken')).toEqual(['strict', 'fleet'])
    expect(rules.get('remember_boots')).toEqual(['4', 'group'])
    expect(rules.get('random')).toEqual(['nothing', 'default'])
    expect(rules.get('headroom')?.[0]).toMatch(/^kernel=12\.5%,2M initrd=25%,4M /)
    const json = JSON.parse((await berth(api, ['policy', id, '--output', 'json'])).stdout) as EffectivePolicy
    expect(json).toMatchObject({ host: id, on_broken: { value: 'strict', from: 'fleet' } })
  })

  test('clear takes back what a scope sets, once', async () => {
    await set('fleet', '--on-broken', 'strict')
    const clear = () => berth(api, ['policy', 'clear', 'fleet', ...BECAUSE])
    expect(await clear()).toEqual({ code: 0, stdout: 'fleet sets nothing now\n', stderr: '' })
    expect(await clear()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'berth policy clear: there is no such policy (not-found)\n',
    })
  })
})
