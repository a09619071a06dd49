import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRolloutFields } from '../../../src/http/pages/rollout-fields.ts'
import { PROBLEM_CODES } from '../../../src/wire/problem-code.ts'
import { startApi, type Api } from '../api.ts'
import { createKey, createRollout } from '../fixtures.ts'
import { rolling, voices, type Rolling } from '../rolling.ts'
import { browserOf, signedIn, type Browser } from './browser.ts'

describe('pages of the fleet', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  let at: Rolling
  let viewer: Browser
  let operator: Browser
  let admin: Browser
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
    at = await rolling(api, 2, { name: 'everywhere' })
    viewer = await signedIn(api, await createKey(api, 'viewer'))
    operator = await signedIn(api, await createKey(api, 'operator'))
    admin = await signedIn(api)
  })
  afterAll(() => api.close())

  const paths = () => [
    ...['/hosts', '/rollouts', `/rollouts/${at.rollout}`, '/rollouts/new', '/leases', '/what-if', '/audit'],
  ]
  const stateOf = async () => (await v.standing(at.rollout)).state

  test('each is shown with the calls that it was made from', async () => {
    for (const path of paths()) {
      const answer = await admin.get(path)
      expect([path, answer.statusCode, answer.headers['content-type']]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
      ])
      const [, curl = ''] = /<summary>This page as curl<\/summary>([\s\S]*?)<\/pre>/.exec(answer.body) ?? []
      expect(curl).toContain('/v1/')
    }
  })

  test('who is not signed in is asked to, and comes back', async () => {
    for (const path of paths()) {
      const { statusCode, headers } = await browserOf(api).get(path)
      const to = `/sign-in?next=${encodeURIComponent(path)}`
      expect([statusCode, headers.location]).toEqual([303, to])
    }
  })

  test('counts of hosts lead to lists that have as many', async () => {
    const { body } = await viewer.get('/hosts')
    const [, to = ''] = /href="(\/hosts\?kernel_release=[^"]*)"/.exec(body) ?? []
    expect((await viewer.get(to)).body.match(/<th scope="row">/g)).toHaveLength(2)
  })

  test('a rollout is paused and goes on, each with its reason in the audit', async () => {
    await operator.get(`/rollouts/${at.rollout}`)
    const paused = await operator.submit(`/rollouts/${at.rollout}/pause`, { reason: 'looks odd' })
    expect([paused.statusCode, paused.headers.location]).toEqual([303, `/rollouts/${at.rollout}`])
    expect(await stateOf()).toBe('paused')
    expect((await operator.get(`/rollouts/${at.rollout}`)).body).toContain('looks odd')
    await operator.submit(`/rollouts/${at.rollout}/resume`, { reason: 'it was nothing' })
    expect(await stateOf()).toBe('running')
  })

  test('what does not follow is refused in the service’s words', async () => {
    await operator.get(`/rollouts/${at.rollout}`)
    const refused = await operator.submit(`/rollouts/${at.rollout}/resume`, { reason: 'again' })
    expect(refused.statusCode).toBe(409)
    expect(refused.body).toContain('resume does not follow: the rollout is running')
    expect(refused.body).toContain('href="/problems/wrong-rollout-state"')
  })

  test.each<[why: string, path: () => string, fields: Record<string, string>]>([
    ['a command', () => `/rollouts/${at.rollout}/pause`, { reason: 'x' }],
    ['a host to be skipped', () => `/rollouts/${at.rollout}/skip-host`, { reason: 'x' }],
    ['a new rollout', () => '/rollouts/new', { name: 'x', do: 'create' }],
    ['a pause of the fleet', () => '/pauses', { reason: 'x', scope: 'fleet' }],
    ['the end of a pause', () => '/pauses/end', { reason: 'x', scope: 'fleet' }],
    ['a lease to be taken away', () => `/leases/lease_${'0'.repeat(26)}/release`, { reason: 'x' }],
  ])('without the token of a page %s changes nothing', async (_why, path, fields) => {
    expect((await operator.post(path(), fields)).statusCode).toBe(403)
    expect(await stateOf()).toBe('running')
  })

  test('who may only look is offered nothing, and refused all the same', async () => {
    const { body } = await viewer.get(`/rollouts/${at.rollout}`)
    expect(body).not.toContain(`action="/rollouts/`)
    const refused = await viewer.submit(`/rollouts/${at.rollout}/pause`, { reason: 'x' })
    expect([refused.statusCode, await stateOf()]).toEqual([403, 'running'])
    expect((await viewer.get('/audit')).statusCode).toBe(403)
  })

  test('the fleet and a group are paused, and go on', async () => {
    await operator.get('/rollouts')
    await operator.submit('/pauses', { scope: 'fleet', reason: 'cooling is down' })
    await operator.submit('/pauses', { group: 'web', reason: 'their release' })
    const { body } = await operator.get('/rollouts')
    expect(body).toContain('cooling is down')
    expect(body).toContain('Group web')
    expect(body).not.toContain('Pause the whole fleet')
    await operator.submit('/pauses/end', { scope: 'fleet', reason: 'cool again' })
    await operator.submit('/pauses/end', { scope: 'group:web', reason: 'released' })
    expect((await v.get('/pauses')).items).toEqual([])
  })

  test('a new rollout is previewed, corrected and made', async () => {
    await operator.get('/rollouts/new')
    const fields = { name: 'by hand', boot_entry: at.entry, waves: '1', soak_minutes: '5', pool: '' }
    const preview = await operator.submit('/rollouts/new', { ...fields, do: 'preview' })
    expect(preview.statusCode).toBe(200)
    expect(preview.body).toContain('2 hosts in 2 waves')
    expect(preview.body).toContain('value="by hand"')
    const unread = await operator.submit('/rollouts/new', { ...fields, waves: 'some', do: 'create' })
    expect([unread.statusCode, unread.body.includes('waves: cannot read some')]).toEqual([400, true])
    const refused = await operator.submit('/rollouts/new', { ...fields, group: 'nobody', do: 'create' })
    expect([refused.statusCode, refused.body.includes('selector: no host matches')]).toEqual([400, true])
    const made = await operator.submit('/rollouts/new', { ...fields, do: 'create' })
    expect(made.statusCode).toBe(303)
    const shown = await operator.get(String(made.headers.location))
    expect(shown.body).toContain('by hand')
    expect(shown.body).toContain('<span aria-hidden="true">○</span> draft')
  })

  test('a lease is taken away, with a reason', async () => {
    await v.ask(at.hosts[0]!)
    const [lease] = (await v.get('/leases')).items
    const { body } = await operator.get('/leases')
    expect(body).toContain(`action="/leases/${lease.id}/release"`)
    await operator.submit(`/leases/${lease.id}/release`, { reason: 'it hangs' })
    expect((await v.get('/leases')).items).toEqual([])
    const { body: audit } = await admin.get(`/audit?target=${lease.id}`)
    expect(audit).toContain('lease.force-release')
    expect(audit).toContain('it hangs')
  })

  test.each<[why: string, query: string, status: number, told: string]>([
    ['nothing yet', '', 200, 'Ask every host'],
    ['an image that fits', 'ask=sizes&arch=x86_64&kernel_size=14M&initrd_size=', 200, 'hosts asked'],
    ['an image that is too large', 'ask=sizes&arch=x86_64&kernel_size=14M&initrd_size=9G', 200, 'refuses'],
    ['a hole', 'ask=hole&bytes=1G&below=0x100000000', 200, 'have it'],
    ['a size that is none', 'ask=hole&bytes=many', 400, 'expected a size'],
    ['bounds that exclude each other', 'ask=hole&bytes=1&above=0x2000&below=0x1000', 400, 'greater than'],
    ['a boot entry that is gone', `ask=entry&boot_entry=boot_${'0'.repeat(26)}`, 404, 'boot entry'],
  ])('what if: %s', async (_why, query, status, told) => {
    const answer = await viewer.get(`/what-if?${query}`)
    expect([answer.statusCode, answer.body.includes(told)]).toEqual([status, true])
    if (status === 200 && query !== '') expect(answer.body).toContain('/v1/what-if')
  })

  test('every problem leads to its page, without a sign-in', async () => {
    const problem = await api.call({ method: 'get', path: '/v1/hosts' })
    const page = await browserOf(api).get(new URL(problem.body.type as string, api.url).pathname)
    expect([page.statusCode, page.body.includes('<h1>unauthenticated</h1>')]).toEqual([200, true])
    expect((await browserOf(api).get('/problems')).body.match(/href="\/problems\//g)).toHaveLength(
      PROBLEM_CODES.length,
    )
    expect((await browserOf(api).get('/problems/nonsense')).statusCode).toBe(404)
  })

  test('at a path without a page a browser gets a page, and a program a problem', async () => {
    const ask = (url: string, accept: string) => api.app.inject({ method: 'GET', url, headers: { accept } })
    const page = await ask('/nothing', 'text/html,*/*;q=0.8')
    expect([page.statusCode, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    for (const [url, accept] of [
      ['/nothing', '*/*'],
      ['/v1/nothing', 'text/html'],
    ] as const) {
      expect((await ask(url, accept)).headers['content-type']).toContain('application/problem+json')
    }
  })

  test('one that is not there is told so', async () => {
    const id = await createRollout(api, { selector: {}, boot_entry: at.entry })
    const answer = await viewer.get(`/rollouts/${id.slice(0, -4)}0000`)
    expect([answer.statusCode, answer.body.includes('Not found')]).toEqual([404, true])
  })
})

describe('the fields of a new rollout', () => {
  const EMPTY = { selector: {}, halt: {} }

  test.each<[why: string, fields: Record<string, string>, spec: object]>([
    ['empty fields are left to the API', { name: ' ', waves: '' }, EMPTY],
    ['shares', { waves: '1, 10% 2.5%' }, { waves: [{ count: 1 }, { percent: 10 }, { percent: 2.5 }] }],
    ['labels', { labels: 'rack=b12, a=' }, { selector: { labels: { rack: 'b12', a: '' } } }],
    ['minutes', { soak_minutes: '5' }, { soak_seconds: 300 }],
    ['a domain', { domain: 'rack', per_domain: '2' }, { failure_domain: { label: 'rack', per_domain: 2 } }],
    [
      'windows, over the end of the week',
      { windows: 'sat-mon,tue 22:00 4h Europe/Berlin\n\nWed 01:30 90m UTC' },
      {
        windows: [
          {
            days: ['sat', 'sun', 'mon', 'tue'],
            ...{ start: '22:00', duration_minutes: 240, zone: 'Europe/Berlin' },
          },
          { days: ['wed'], start: '01:30', duration_minutes: 90, zone: 'UTC' },
        ],
      },
    ],
    ['more terms', { more: '{"attempts":{"most":2}}' }, { attempts: { most: 2 } }],
  ])('%s', (_why, fields, spec) => {
    expect(readRolloutFields(fields)).toEqual({ ok: true, value: { ...EMPTY, ...spec } })
  })

  test.each<[why: string, fields: Record<string, string>]>([
    ['a share of what', { waves: '1, x' }],
    ['a part of a host', { approvals: '1.5' }],
    ['a label without a value', { labels: 'rack' }],
    ['a window without a zone', { windows: 'mon 22:00 4h' }],
    ['a day that is none', { windows: 'mon-xyz 22:00 4h UTC' }],
    ['a list in place of terms', { more: '[]' }],
    ['terms that break off', { more: '{' }],
  ])('%s cannot be read', (_why, fields) => {
    expect(readRolloutFields(fields)).toMatchObject({ ok: false, wrong: [expect.any(String)] })
  })
})
