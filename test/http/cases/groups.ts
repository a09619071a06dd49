import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GroupPinning, GroupPinSet } from '../../../src/wire/group-pins.ts'
import type { Store } from '../../../src/store/open-store.ts'
import { startApi, type Api } from '../api.ts'
import {
  ARM64,
  createEntry,
  createPlan,
  enroll,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'

const SMALL = 'x86_64-seabios-512m'
const LARGE_INITRD = { initrd: { sha256: 'ab'.repeat(32), size: 700 * 1024 * 1024 } }

describe('group pins', () => {
  let api: Api
  let entry: string
  beforeAll(async () => {
    api = await startApi()
    entry = await createEntry(api)
  })
  afterAll(() => api.close())

  const at = (group: string) => `/v1/groups/${group}/pins`
  const get = (path: string) => api.call({ method: 'get', path, as: api.admin })
  const find = (group: string, body: object, query = '', headers: Record<string, string> = {}) =>
    api.call({
      method: 'post',
      path: at(group) + query,
      as: api.admin,
      body: { boot_entry: entry, reason: 'one address', ...body },
      headers,
    })
  /** Hosts of a group, each of which has posted a capture. */
  const groupOf = async (group: string, captures: readonly string[]): Promise<EnrolledHost[]> => {
    const hosts: EnrolledHost[] = []
    for (const capture of captures) {
      const arch = capture.startsWith('arm64') ? 'arm64' : 'x86_64'
      const host = await enroll(api, { group, arch })
      await post(api, host, snapshotOf(capture))
      hosts.push(host)
    }
    return hosts
  }
  const memsOf = async (path: string) => {
    const { items } = (await get(path)).body as GroupPinSet
    return Object.fromEntries(items.map(({ kind, mem }) => [kind, mem]))
  }
  const auditOf = async (action: string) => {
    const { body } = await get('/v1/audit?limit=500')
    return (body.items as { action: string; target: string; detail: object }[]).filter(
      (e) => e.action === action,
    )
  }

  test('one address is found, kept with its reason, and becomes that of hosts with other pins', async () => {
    const [moving, fresh] = await groupOf('web', [X86, 'x86_64-ovmf-16g-high'])
    if (!moving || !fresh) throw new Error('two hosts')
    await createPlan(api, moving, { boot_entry: entry })
    const own = `/v1/hosts/${moving.id}/pins`
    const put = { mem: '0x40000000', room: 0x8000000, reason: 'here' }
    await api.call({
      method: 'put',
      path: `${own}/reboot/kernel`,
      as: api.admin,
      body: put,
      headers: { 'if-match': '*' },
    })
    const preview = (await find('web', {}, '?dry_run=true')).body as GroupPinning
    expect([preview.stored, (await get(at('web'))).body.items]).toEqual([false, []])

    const made = await find('web', {})
    expect([made.status, made.headers['location']]).toEqual([201, at('web')])
    const pinning = made.body as GroupPinning
    expect(pinning).toEqual({ ...preview, stored: true })
    const group = Object.fromEntries(pinning.pins.map(({ kind, mem }) => [kind, mem]))
    expect(await memsOf(at('web'))).toEqual(group)
    expect(await memsOf(own)).toEqual(group)
    const byId = Object.fromEntries(pinning.members.map((m) => [m.host, m]))
    expect(byId[moving.id]).toMatchObject({ verdict: 'moves' })
    expect(byId[moving.id]?.moves).toContainEqual({ kind: 'kernel', from: '0x40000000', to: group['kernel'] })
    expect(byId[fresh.id]).toMatchObject({ verdict: 'new', moves: [] })

    const history = (await get(`${own}/history?limit=500`)).body.items as { reason: string; change: string }[]
    expect(history.at(-1)).toMatchObject({ reason: 'one address', change: 'moved' })
    expect(await auditOf('group-pins.set')).toMatchObject([
      { target: 'web', detail: { reason: 'one address' } },
    ])

    for (const host of [moving, fresh]) {
      const plan = await createPlan(api, host, { boot_entry: entry })
      const { segments } = (await get(`/v1/plans/${plan}`)).body.body as {
        segments: { kind: string; mem: string; chosen: string }[]
      }
      expect(segments.map((s) => [s.mem, s.chosen])).toEqual(segments.map((s) => [group[s.kind], 'kept-pin']))
    }
    const again = (await find('web', {})).body as GroupPinning
    expect(again.members.map((m) => m.verdict)).toEqual(['keeps', 'keeps'])
    expect(again.pins.every((p) => p.chosen === 'kept')).toBe(true)
  })

  test('pins that hosts have of their own stay where that is wanted', async () => {
    const [host] = await groupOf('own', [X86])
    if (!host) throw new Error('a host')
    await createPlan(api, host, { boot_entry: entry })
    const own = `/v1/hosts/${host.id}/pins`
    await api.call({
      method: 'put',
      path: `${own}/reboot/kernel`,
      as: api.admin,
      body: { mem: '0x40000000', room: 0x8000000, reason: 'here' },
      headers: { 'if-match': '*' },
    })
    const before = await memsOf(own)
    const pinning = (await find('own', { replace_own: false })).body as GroupPinning
    expect(pinning.members).toEqual([{ host: host.id, verdict: 'keeps', moves: [] }])
    expect(await memsOf(own)).toEqual(before)
  })

  test('who stands in the way is named, with the cause and the cost; without it, the others have a place', async () => {
    const [, , small] = await groupOf('mixed', [X86, 'x86_64-seabios-4g-kaslr1', SMALL])
    const large = await createEntry(api, X86, LARGE_INITRD)
    const refused = await find('mixed', { boot_entry: large })
    expect([refused.status, refused.body.code]).toEqual([422, 'no-common-ground'])
    expect(refused.body).toMatchObject({
      leave_out: [small?.id],
      in_the_way: [{ hosts: [small?.id], by: null, without_it: { hosts: 2 } }],
    })
    expect(refused.body.in_the_way[0].because).toMatch(/the kernel takes half/)
    expect((await get(at('mixed'))).body.items).toEqual([])
    const made = await find('mixed', { boot_entry: large, leave_out: [small?.id] })
    expect(made.status).toBe(201)
    const pinning = made.body as GroupPinning
    expect(pinning.left_out).toEqual([{ host: small?.id, because: 'as asked' }])
    expect(pinning.pins.map(({ kind, mem, room }) => ({ kind, mem, room }))).toEqual(
      refused.body.without_them.pins,
    )
  })

  test('the quarantined and those without a snapshot are left out, and listed', async () => {
    const [host] = await groupOf('partly', [X86])
    const silent = await enroll(api, { group: 'partly' })
    const twin = await enroll(api, { group: 'partly', machine_id: 'partly-twin' })
    await enroll(api, { group: 'partly', machine_id: 'partly-twin' })
    const pinning = (await find('partly', {}, '?dry_run=true')).body as GroupPinning
    expect(pinning.members.map((m) => m.host)).toEqual([host?.id])
    expect(pinning.left_out).toEqual([
      { host: silent.id, because: 'it has posted no snapshot' },
      { host: twin.id, because: 'quarantined' },
    ])
  })

  test('a group of which no host has a snapshot 409, of two architectures 422', async () => {
    await enroll(api, { group: 'silent' })
    const silent = await find('silent', {})
    expect([silent.status, silent.body.code]).toEqual([409, 'no-snapshot'])
    await groupOf('both', [X86, ARM64])
    const both = await find('both', {})
    expect([both.status, both.body.code]).toEqual([422, 'arch-mismatch'])
  })

  test('what is not there 404: the group, the boot entry, a host to leave out', async () => {
    const [host] = await groupOf('there', [X86])
    const [other] = await groupOf('elsewhere', [X86])
    expect((await find('nowhere', {})).status).toBe(404)
    expect((await find('there', { boot_entry: `boot_${'0'.repeat(26)}` })).status).toBe(404)
    expect((await find('there', { leave_out: [other?.id] })).status).toBe(404)
    expect((await find('there', { leave_out: [host?.id] })).body.code).toBe('no-snapshot')
  })

  test('the same request again gets the same answer, though the group has changed since', async () => {
    await groupOf('twice', [X86])
    const headers = { 'idempotency-key': 'twice' }
    const first = await find('twice', {}, '', headers)
    await groupOf('twice', [ARM64])
    expect((await find('twice', {}, '', headers)).text).toBe(first.text)
    expect((await find('twice', {})).body.code).toBe('arch-mismatch')
  })

  test('an operator sets one and forgets it, with a reason, and only who has seen the set', async () => {
    const [host] = await groupOf('set', [X86])
    if (!host) throw new Error('a host')
    const path = `${at('set')}/reboot/kernel`
    const put = {
      method: 'put',
      path,
      as: api.admin,
      body: { mem: '0x40000000', room: 0x8000000, reason: 'r' },
    }
    expect((await api.call(put)).status).toBe(428)
    expect((await api.call({ ...put, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    const { etag = '' } = (await get(at('set'))).headers
    const set = await api.call({ ...put, headers: { 'if-match': etag } })
    expect([set.status, set.body.items.length]).toEqual([200, 1])
    expect((await get(at('set'))).headers['etag']).toBe(set.headers['etag'])
    const plan = await createPlan(api, host, { boot_entry: entry })
    const { segments } = (await get(`/v1/plans/${plan}`)).body.body as {
      segments: { kind: string; mem: string }[]
    }
    expect(segments.find((s) => s.kind === 'kernel')?.mem).toBe('0x40000000')

    const forget = { method: 'delete', path: `${path}?reason=over`, as: api.admin }
    expect((await api.call(forget)).status).toBe(428)
    expect((await api.call({ ...forget, headers: { 'if-match': '"stale"' } })).status).toBe(412)
    const headers = { 'if-match': set.headers['etag'] ?? '' }
    expect((await api.call({ ...forget, headers })).status).toBe(204)
    expect((await api.call({ ...forget, headers: { 'if-match': '*' } })).status).toBe(404)
    expect((await get(at('set'))).body.items).toEqual([])
    expect(await auditOf('group-pins.forget')).toMatchObject([{ target: 'set', detail: { reason: 'over' } }])
  })

  test.each([
    ['no reason', { reason: '' }, '/reason'],
    ['a purpose that there is not', { purpose: 'halt' }, '/purpose'],
    ['hosts by name', { leave_out: ['node-1'] }, '/leave_out/0'],
  ])('%s is 400', async (_why, wrong, pointer) => {
    const response = await find('web', wrong)
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
  })
})

describe('a group that changes while its hosts are looked at', () => {
  const RULES = { rules: 'x86_64/6.12', facts: '{}', reason: 'test', setAt: new Date(0), setBy: 'key_1' }

  test.each<[why: string, changes: number, status: number, code: string | undefined]>([
    ['once', 1, 201, undefined],
    ['as often as it is looked at again', 2, 201, undefined],
    ['each time', 3, 503, 'unavailable'],
  ])('%s', async (_why, changes, status, code) => {
    let left = 0
    const within: string[] = []
    // Each look is followed by another calibration; and no host's snapshot is read within a transaction.
    const changing = (store: Store): Store => ({
      ...store,
      groupPins: {
        ...store.groupPins,
        basisOf: async (group) => {
          const basis = await store.groupPins.basisOf(group)
          const release = `6.12.${left}`
          if (left > 0) await store.calibrations.set({ group, arch: 'x86_64', release, ...RULES })
          left--
          return basis
        },
      },
      write: (work) =>
        store.write((rows) => {
          const newest: typeof rows.snapshots.newest = (hostId) => {
            within.push(hostId)
            return rows.snapshots.newest(hostId)
          }
          return work({ ...rows, snapshots: { ...rows.snapshots, newest } })
        }),
    })
    const api = await startApi({ broken: changing })
    const host = await enroll(api, { group: 'busy' })
    await post(api, host, snapshotOf(X86))
    const body = { boot_entry: await createEntry(api), reason: 'one address' }
    left = changes
    within.length = 0
    const path = '/v1/groups/busy/pins'
    const made = await api.call({ method: 'post', path, as: api.admin, body })
    expect([made.status, made.body.code, within]).toEqual([status, code, []])
    if (code) {
      expect(made.headers['retry-after']).toBe('5')
      expect(made.body.detail).toContain('the group changed')
    }
    const { items } = (await api.call({ method: 'get', path, as: api.admin })).body as GroupPinSet
    expect(items.length > 0).toBe(status === 201)
    await api.close()
  })
})
