import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EffectivePolicy, PolicyRules } from '../../../src/wire/policy.ts'
import type { PlanBody } from '../../../src/planner/index.ts'
import { startApi, type Api } from '../api.ts'
import { createEntry, enroll, plannedHost, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

/** In the firmware's reserved memory: no segment can lie there. */
const TAKEN = '0x7ff00000'
const MATCH_ANY = { 'if-match': '*' }

describe('policies', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const at = (scope: string) => `/v1/policies/${scope}`
  const get = (path: string) => api.call({ method: 'get', path, as: api.admin })
  const put = (scope: string, rules: unknown, headers: Record<string, string> = {}) =>
    api.call({ method: 'put', path: at(scope), as: api.admin, body: { rules, reason: 'test' }, headers })
  const forget = (scope: string, headers: Record<string, string> = MATCH_ANY) =>
    api.call({ method: 'delete', path: `${at(scope)}?reason=over`, as: api.admin, headers })
  const effective = async (host: EnrolledHost) =>
    (await get(`/v1/hosts/${host.id}/policy`)).body as EffectivePolicy
  const plan = (host: EnrolledHost, body: object, query = '') =>
    api.call({ method: 'post', path: `/v1/hosts/${host.id}/plans${query}`, as: api.admin, body })
  const pinsOf = async (host: EnrolledHost) =>
    (await get(`/v1/hosts/${host.id}/pins`)).body.items as { kind: string; mem: string; loose: boolean }[]
  const history = async (host: EnrolledHost) =>
    (await get(`/v1/hosts/${host.id}/pins/history?limit=500`)).body.items as {
      kind: string
      change: string
      reason: string
      by: string
    }[]
  const setPin = (host: EnrolledHost, kind: string, mem: string) =>
    api.call({
      method: 'put',
      path: `/v1/hosts/${host.id}/pins/reboot/${kind}`,
      as: api.admin,
      body: { mem, room: 0x100000, reason: 'from a plan of racks' },
      headers: MATCH_ANY,
    })
  const loosen = (host: EnrolledHost, headers: Record<string, string> = MATCH_ANY) =>
    api.call({
      method: 'post',
      path: `/v1/hosts/${host.id}/pins/reboot/initrd/loosen`,
      as: api.admin,
      body: { reason: 'it may move once' },
      headers,
    })
  const segmentOf = ({ segments }: PlanBody, kind: string) => segments.find((s) => s.kind === kind)
  /** A host whose initrd's pin cannot hold. */
  const brokenHost = async () => {
    const { host, entry } = await plannedHost(api)
    expect((await setPin(host, 'initrd', TAKEN)).status).toBe(200)
    return { host, entry }
  }

  test('one is set, changed, listed and forgotten; the audit has it before and after', async () => {
    const scope = 'group:lab'
    expect((await get(at(scope))).status).toBe(404)
    expect((await forget(scope)).status).toBe(404)
    expect((await put(scope, {}, MATCH_ANY)).status).toBe(412)
    const first = await put(scope, { on_broken: 'strict' })
    expect([first.status, first.body.generation, first.body.rules]).toEqual([201, 1, { on_broken: 'strict' }])
    expect((await get(at(scope))).headers['etag']).toBe(first.headers['etag'])
    expect((await put(scope, {})).status).toBe(428)
    expect((await put(scope, {}, { 'if-match': '"stale"' })).status).toBe(412)
    const headers = { 'if-match': first.headers['etag'] ?? '' }
    const second = await put(scope, { remember_boots: 3 }, headers)
    expect([second.status, second.body.generation, second.body.rules]).toEqual([
      200,
      2,
      { remember_boots: 3 },
    ])
    expect((await put(scope, {}, headers)).status).toBe(412)

    await put('group:other', {})
    const page = await get('/v1/policies?limit=1')
    const rest = await get(`/v1/policies?limit=1&cursor=${page.body.next_cursor}`)
    const scopes = [...page.body.items, ...rest.body.items].map((p: { scope: string }) => p.scope)
    expect(scopes).toEqual([scope, 'group:other'])

    expect((await forget(scope, {})).status).toBe(428)
    expect((await forget(scope, { 'if-match': '"stale"' })).status).toBe(412)
    expect((await forget(scope)).status).toBe(204)
    expect((await get(at(scope))).status).toBe(404)
    const audit = (await get(`/v1/audit?target=${scope}`)).body.items
    const told = audit.map(({ action, detail }: { action: string; detail: object }) => [action, detail])
    expect(told).toEqual([
      ['policy.set', { reason: 'test', before: null, after: { on_broken: 'strict' } }],
      ['policy.set', { reason: 'test', before: { on_broken: 'strict' }, after: { remember_boots: 3 } }],
      ['policy.forget', { reason: 'over', before: { remember_boots: 3 }, after: null }],
    ])
    await forget('group:other')
  })

  test('every version is kept, also what was forgotten; generations go on after that', async () => {
    const scope = 'group:kept'
    const path = `${at(scope)}/history`
    expect((await get(path)).status).toBe(404)
    await put(scope, { on_broken: 'strict' })
    await put(scope, { remember_boots: 3 }, MATCH_ANY)
    await forget(scope)
    expect((await put(scope, {})).body.generation).toBe(4)
    const page = await get(`${path}?limit=3`)
    const rest = await get(`${path}?limit=3&cursor=${page.body.next_cursor}`)
    const told = [...page.body.items, ...rest.body.items].map((v) => [v.generation, v.rules, v.reason])
    expect(told).toEqual([
      [1, { on_broken: 'strict' }, 'test'],
      [2, { remember_boots: 3 }, 'test'],
      [3, null, 'over'],
      [4, {}, 'test'],
    ])
    expect(page.body.items[0].set_by).toMatch(/^key_/)
    expect((await get(`${path}?cursor=nonsense`)).body.code).toBe('bad-cursor')
    await forget(scope)
  })

  test.each<[why: string, rules: object, pointer: string]>([
    ['a kernel at random', { random: ['initrd', 'kernel'] }, '/rules/random/1'],
    ['a purgatory at random', { random: ['purgatory'] }, '/rules/random/0'],
    ['a kind that is named twice', { random: ['initrd', 'initrd'] }, '/rules/random/1'],
    ['a kind that there is not', { random: ['shadow'] }, '/rules/random/0'],
    ['another rule than there are', { on_fire: 'strict' }, '/rules/on_fire'],
    ['no such way', { on_broken: 'never' }, '/rules/on_broken'],
    ['no boot at all', { remember_boots: 0 }, '/rules/remember_boots'],
    ['one boot too many', { remember_boots: 65 }, '/rules/remember_boots'],
    ['one snapshot', { keep_snapshots: { count: 1, days: 1 } }, '/rules/keep_snapshots/count'],
    ['no day', { keep_snapshots: { count: 2, days: 0 } }, '/rules/keep_snapshots/days'],
    ['an age that no agent can keep', { snapshot_max_age_seconds: 299 }, '/rules/snapshot_max_age_seconds'],
    [
      'fewer snapshots than boots to remember',
      { remember_boots: 9, keep_snapshots: { count: 8, days: 1 } },
      '/rules/keep_snapshots/count',
    ],
    [
      'headroom below nothing',
      { headroom: { initrd: { percent: -1, bytes: 0 } } },
      '/rules/headroom/initrd/percent',
    ],
  ])('%s is 400 at its place', async (_why, rules, pointer) => {
    const response = await put('group:wrong', rules)
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
    expect(response.body.errors[0].detail).not.toBe('')
  })

  test('as many snapshots as boots to remember will do, and a refused kind says why', async () => {
    const rules = { remember_boots: 8, keep_snapshots: { count: 8, days: 1 } }
    expect((await put('group:even', rules)).status).toBe(201)
    await forget('group:even')
    const [error] = (await put('group:wrong', { random: ['kernel'] })).body.errors
    expect(error.detail).toContain('pins are there to prevent')
  })

  test.each([['everything'], ['group:'], ['group:UPPER'], ['host:web'], ['fleet:all'], ['rack:1']])(
    'the scope %s is 400',
    async (scope) => {
      const response = await get(at(scope))
      const [{ pointer, detail }] = response.body.errors
      expect([response.status, pointer]).toEqual([400, 'path/scope'])
      expect(detail).toBe('expected `fleet`, `group:<name>` or `host:<id>`')
    },
  )

  describe('a plan goes by no snapshot that is older than policy wants', () => {
    const HOUR = 3600
    const SINCE = [0, HOUR - 1, HOUR, HOUR + 1, 24 * HOUR] as const
    let began: Date
    beforeAll(() => {
      began = api.clock.now
    })
    afterEach(async () => {
      api.clock.now = began
      await forget('group:aged')
    })

    test.each<[why: string, rules: PolicyRules, refused: readonly number[]]>([
      ['unless it says nothing', {}, []],
      ['unless any age will do', { snapshot_max_age_seconds: null }, []],
      ['up to the second', { snapshot_max_age_seconds: HOUR }, [HOUR + 1, 24 * HOUR]],
    ])('%s', async (_why, rules, refused) => {
      const host = await enroll(api, { group: 'aged' })
      await post(api, host, snapshotOf(X86))
      const entry = await createEntry(api)
      await put('group:aged', rules)
      for (const purpose of ['reboot', 'crash'])
        for (const since of SINCE) {
          api.clock.now = new Date(began.getTime() + since * 1000)
          const previewed = await plan(host, { boot_entry: entry, purpose }, '?dry_run=true')
          const made = await plan(host, { boot_entry: entry, purpose })
          const isRefused = refused.includes(since)
          expect([since, previewed.status, made.status]).toEqual([
            since,
            ...(isRefused ? [409, 409] : [200, 201]),
          ])
          if (isRefused) expect(made.body.code).toBe('snapshot-too-old')
        }
    })

    test('posted again it is fresh, the same or another, and the refusal tells all that', async () => {
      await put('group:aged', { snapshot_max_age_seconds: HOUR })
      const host = await enroll(api, { group: 'aged' })
      const entry = await createEntry(api)
      const first = await post(api, host, snapshotOf(X86))
      api.clock.now = new Date(began.getTime() + 2 * HOUR * 1000)
      const refused = await plan(host, { boot_entry: entry })
      expect(refused.body).toMatchObject({
        code: 'snapshot-too-old',
        detail: `the host posted this snapshot last at ${began.toISOString()}, 7200 seconds ago; its policy, set by the group, wants one of the last 3600`,
      })
      expect((await post(api, host, snapshotOf(X86))).id).toBe(first.id)
      expect((await plan(host, { boot_entry: entry })).status).toBe(201)
      // Of a boot that is over, and named: it is as old as it is.
      const next = { ...snapshotOf(X86), boot_id: 'the-next' }
      api.clock.now = new Date(began.getTime() + 4 * HOUR * 1000)
      await post(api, host, next)
      expect((await plan(host, { boot_entry: entry })).status).toBe(201)
      expect((await plan(host, { boot_entry: entry, snapshot: first.id })).body.code).toBe('snapshot-too-old')
    })
  })

  test('of each rule the nearest scope wins, and says that it did', async () => {
    const host = await enroll(api, { group: 'near' })
    const nothing = await effective(host)
    expect([nothing.on_broken, nothing.remember_boots]).toEqual([
      { value: 'prefer', from: 'default' },
      { value: 16, from: 'default' },
    ])
    expect(nothing.keep_snapshots.value).toEqual({ count: 64, days: 365 })
    expect(nothing.headroom.value.initrd).toEqual({ percent: 25, bytes: 0x400000 })
    const growth = { percent: 1, bytes: 4096 }
    const fleet: PolicyRules = { on_broken: 'strict', remember_boots: 2, headroom: { dtb: growth } }
    await put('fleet', fleet)
    await put('group:near', { on_broken: 'repin', random: ['initrd'] })
    await put(`host:${host.id}`, { random: [] })
    const seen = await effective(host)
    expect(seen).toMatchObject({
      on_broken: { value: 'repin', from: 'group' },
      remember_boots: { value: 2, from: 'fleet' },
      random: { value: [], from: 'host' },
      headroom: { from: 'fleet', value: { dtb: growth, initrd: { percent: 25 } } },
      keep_snapshots: { from: 'default' },
      snapshot_max_age_seconds: { from: 'default', value: null },
    })
    const elsewhere = await effective(await enroll(api, { group: 'far' }))
    expect([elsewhere.on_broken.from, elsewhere.random.from]).toEqual(['fleet', 'default'])
    for (const scope of ['fleet', 'group:near']) await forget(scope)
    const alone = await effective(host)
    expect([alone.on_broken.from, alone.random.from]).toEqual(['default', 'host'])
  })

  test('of a host that is not there is 404, and a host that goes takes its own along', async () => {
    expect((await put(`host:host_${'0'.repeat(26)}`, {})).status).toBe(404)
    const host = await enroll(api)
    expect((await put(`host:${host.id}`, {})).status).toBe(201)
    await api.call({ method: 'delete', path: `/v1/hosts/${host.id}`, as: api.admin, headers: MATCH_ANY })
    expect((await get(at(`host:${host.id}`))).status).toBe(404)
    expect((await get(`${at(`host:${host.id}`)}/history`)).status).toBe(404)
  })

  test('strict refuses, with the pin, what is in its way and the nearest place; nothing changes', async () => {
    const { host, entry } = await brokenHost()
    await put(`host:${host.id}`, { on_broken: 'strict' })
    const before = await pinsOf(host)
    const refused = await plan(host, { boot_entry: entry })
    expect([refused.status, refused.body]).toMatchObject([
      422,
      {
        code: 'pin-broken',
        pin: { kind: 'initrd', mem: TAKEN, room: 0x100000 },
        by: { start: '0x7fef4000', last: '0x7ff77fff', why: 'Reserved' },
      },
    ])
    expect(refused.body.cause).toContain('Reserved')
    expect(await pinsOf(host)).toEqual(before)
    const moved = await plan(host, { boot_entry: entry, on_broken: 'prefer' }, '?dry_run=true')
    expect(segmentOf(moved.body.body, 'initrd')).toMatchObject({
      mem: refused.body.nearest.mem,
      room: refused.body.nearest.room,
    })
  })

  test('strict lets a loosened pin move once; then it is firm again', async () => {
    const { host, entry } = await brokenHost()
    await put(`host:${host.id}`, { on_broken: 'strict' })
    const set = await get(`/v1/hosts/${host.id}/pins`)
    expect((await loosen(host, {})).status).toBe(428)
    expect((await loosen(host, { 'if-match': '"stale"' })).status).toBe(412)
    const loosened = await loosen(host, { 'if-match': set.headers['etag'] ?? '' })
    expect([loosened.status, loosened.body.generation]).toEqual([200, set.body.generation + 1])
    expect((await pinsOf(host)).filter((p) => p.loose).map((p) => p.kind)).toEqual(['initrd'])
    const made = await plan(host, { boot_entry: entry })
    expect([made.status, segmentOf(made.body.body, 'initrd')?.chosen]).toEqual([201, 'moved-pin'])
    expect((await pinsOf(host)).filter((p) => p.loose)).toEqual([])
    const changes = (await history(host)).filter((c) => c.kind === 'initrd')
    expect(changes.map((c) => c.change)).toEqual(['set', 'moved', 'loosened', 'moved'])
    expect(changes.at(-2)?.reason).toBe('it may move once')
    expect(changes.at(-1)).toMatchObject({ by: made.body.id, reason: expect.stringContaining(TAKEN) })
    await setPin(host, 'initrd', TAKEN)
    expect((await plan(host, { boot_entry: entry })).status).toBe(422)
  })

  test('a loosened pin that holds stays where it is, and an operator who sets it makes it firm', async () => {
    const { host, entry } = await plannedHost(api)
    const [mem] = (await pinsOf(host)).filter((p) => p.kind === 'initrd').map((p) => p.mem)
    await loosen(host)
    const made = await plan(host, { boot_entry: entry })
    expect(segmentOf(made.body.body, 'initrd')).toMatchObject({ mem, chosen: 'kept-pin' })
    expect((await pinsOf(host)).find((p) => p.kind === 'initrd')).toMatchObject({ mem, loose: true })
    await setPin(host, 'initrd', mem ?? '')
    expect((await pinsOf(host)).find((p) => p.kind === 'initrd')).toMatchObject({ mem, loose: false })
    const forgotten = await enroll(api)
    await post(api, forgotten, snapshotOf(X86))
    expect((await loosen(forgotten)).status).toBe(404)
  })

  test('prefer moves the one that does not hold, with the cause', async () => {
    const { host, entry } = await brokenHost()
    const before = await pinsOf(host)
    const made = await plan(host, { boot_entry: entry })
    expect(made.body.body.inputs.policy).toBeUndefined()
    const after = await pinsOf(host)
    expect(after.filter((p) => p.kind !== 'initrd')).toEqual(before.filter((p) => p.kind !== 'initrd'))
    const moved = { change: 'moved', kind: 'initrd', by: made.body.id }
    const because = segmentOf(made.body.body, 'initrd')?.because
    expect((await history(host)).at(-1)).toMatchObject({ ...moved, reason: because })
  })

  test('repin makes all of that purpose anew, and only them', async () => {
    const { host, entry } = await brokenHost()
    await setPin(host, 'kernel', '0x140000000')
    await put(`host:${host.id}`, { on_broken: 'repin' })
    const made = await plan(host, { boot_entry: entry })
    expect(new Set(made.body.body.segments.map((s: { chosen: string }) => s.chosen))).toEqual(
      new Set(['repinned']),
    )
    expect(made.body.body.inputs.policy).toEqual({ on_broken: 'repin' })
    const changes = (await history(host)).filter((c) => c.by === made.body.id)
    expect(changes.map((c) => [c.kind, c.change]).sort()).toEqual([
      ['initrd', 'repinned'],
      ['kernel', 'repinned'],
    ])
    for (const { reason } of changes) expect(reason).toContain(`initrd had to leave ${TAKEN}`)
    const again = await plan(host, { boot_entry: entry })
    expect(new Set(again.body.body.segments.map((s: { chosen: string }) => s.chosen))).toEqual(
      new Set(['kept-pin']),
    )
  })

  test('at random means elsewhere in each plan, with the seed in it, and never pinned', async () => {
    const { host, entry } = await plannedHost(api)
    const firm = (await pinsOf(host)).filter((p) => p.kind !== 'initrd')
    await put(`host:${host.id}`, { random: ['initrd'] })
    const made = [await plan(host, { boot_entry: entry }), await plan(host, { boot_entry: entry })]
    const dry = [
      await plan(host, { boot_entry: entry }, '?dry_run=true'),
      await plan(host, { boot_entry: entry }, '?dry_run=true'),
    ]
    const bodies = [...made, ...dry].map((r) => r.body.body as PlanBody)
    expect(new Set(bodies.map((b) => segmentOf(b, 'initrd')?.mem)).size).toBe(bodies.length)
    expect(new Set(bodies.map((b) => b.inputs.policy?.random?.seed)).size).toBe(bodies.length)
    for (const body of bodies) {
      expect(body.inputs.policy?.random?.seed).toMatch(/^[0-9a-f]{32}$/)
      expect(segmentOf(body, 'initrd')?.chosen).toBe('random')
    }
    expect(await pinsOf(host)).toEqual(firm)
    const changes = (await history(host)).filter((c) => c.kind === 'initrd')
    expect(changes.map((c) => c.change)).toEqual(['set', 'forgotten'])
    expect(changes.at(-1)?.reason).toContain('at random by policy')
  })

  test('a new pin keeps as much room as policy says', async () => {
    const host = await enroll(api, { group: 'roomy' })
    await post(api, host, snapshotOf(X86))
    await put('group:roomy', { headroom: { initrd: { percent: 100, bytes: 0 } } })
    const made = await plan(host, { boot_entry: await createEntry(api) }, '?dry_run=true')
    expect(segmentOf(made.body.body, 'initrd')).toMatchObject({ memsz: 0x100000, room: 0x200000 })
  })
})
