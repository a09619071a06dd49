import { get as httpGet, request as httpRequest } from 'node:http'
import { rowCounts } from '../row-counts.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/open-store.ts'
import type { HoleHost, WhatIfHost, WhatIfSummary } from '../../../src/wire/what-if.ts'
import { linesOf, startApi, type Api } from '../api.ts'
import {
  ARM64,
  createKey,
  enroll,
  plannedHost,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'

type Line = WhatIfHost & HoleHost
type Summary = WhatIfSummary['summary']

const IMAGE = { kernel: { arch: 'x86_64', size: 12_000_000, memsz: 64_000_000 }, initrd_size: 40_000_000 }
const HUGE = { ...IMAGE, initrd_size: 3_900_000_000 }

async function ask(api: Api, body: object, as = api.admin): Promise<{ lines: Line[]; summary: Summary }> {
  const response = await api.call({ method: 'post', path: '/v1/what-if', as, body })
  expect([response.status, response.headers['content-type']]).toEqual([
    200,
    'application/x-ndjson; charset=utf-8',
  ])
  const all = linesOf(response.text) as (Line & { summary: Summary })[]
  const { summary } = all.at(-1) as { summary: Summary }
  return { lines: all.slice(0, -1), summary }
}

async function withSnapshot(api: Api, capture = X86, hints = {}): Promise<EnrolledHost> {
  const host = await enroll(api, { arch: capture === X86 ? 'x86_64' : 'arm64', ...hints })
  await post(api, host, snapshotOf(capture))
  return host
}

describe('what-if', () => {
  let api: Api
  let viewer: string
  let world: Awaited<ReturnType<typeof plannedHost>>
  beforeAll(async () => {
    api = await startApi()
    viewer = await createKey(api, 'viewer')
    world = await plannedHost(api)
  })
  afterAll(() => api.close())

  const only = (...hosts: EnrolledHost[]) => ({ hosts: hosts.map((h) => h.id) })

  test('a viewer learns host by host what an entry would do, and the sum of it', async () => {
    const fresh = await withSnapshot(api)
    const other = await withSnapshot(api, ARM64)
    const silent = await enroll(api)
    const selector = only(world.host, fresh, other, silent)
    const { lines, summary } = await ask(api, { selector, boot_entry: world.entry }, viewer)
    expect(lines.map((l) => [l.host, l.verdict])).toEqual([
      [world.host.id, 'fits'],
      [fresh.id, 'places'],
      [other.id, 'other-arch'],
      [silent.id, 'no-snapshot'],
    ])
    expect(lines[2]).toMatchObject({ arch: 'arm64', snapshot: null, refusal: null, error: null })
    expect(lines[3]).toMatchObject({ snapshot: null, segments: [], error: null })
    expect(summary).toEqual({
      hosts: 4,
      fits: 1,
      moves: 0,
      places: 1,
      refuses: 0,
      other_arch: 1,
      no_snapshot: 1,
      errors: 0,
      worst: null,
      not_selected: [],
      assumptions: [],
    })
  })

  test('what it says is what a plan then does', async () => {
    const host = await withSnapshot(api)
    const { lines } = await ask(api, { selector: only(host), boot_entry: world.entry })
    const path = `/v1/hosts/${host.id}/plans`
    const body = { boot_entry: world.entry }
    const plan = await api.call({ method: 'post', path, as: api.admin, body })
    const places = (of: { kind: string; mem: string }[]) => of.map((s) => [s.kind, s.mem])
    expect(places(lines[0]?.segments ?? [])).toEqual(places(plan.body.body.segments))
  })

  test('a pin that no longer holds moves, or under strict refuses with the place it would go to', async () => {
    const { host } = await plannedHost(api)
    const path = `/v1/hosts/${host.id}/pins/reboot/kernel`
    const mem = '0x7000000000'
    const body = { mem, room: 0x4000000, reason: 'nobody has memory there' }
    const set = await api.call({ method: 'put', path, as: api.admin, body, headers: { 'if-match': '*' } })
    expect(set.status).toBe(200)
    const question = { selector: only(host), boot_entry: world.entry }
    const prefer = await ask(api, { ...question, on_broken: 'prefer' })
    expect(prefer.lines[0]?.moves).toEqual([
      {
        kind: 'kernel',
        from: mem,
        to: expect.stringMatching(/^0x/),
        because: expect.stringMatching(/not free/),
      },
    ])
    const strict = await ask(api, { ...question, on_broken: 'strict' })
    expect(strict.lines[0]?.refusal).toMatchObject({
      code: 'pin-broken',
      kind: 'kernel',
      pin: { mem },
      nearest: { mem: prefer.lines[0]?.moves[0]?.to },
    })
    expect(prefer.summary).toMatchObject({ moves: 1, refuses: 0 })
    expect(strict.summary).toMatchObject({ moves: 0, refuses: 1 })
  })

  test('an image by sizes: what was assumed, how many bytes short, who is worst', async () => {
    const { kernel, initrd_size } = HUGE
    const image = { kernel: { arch: kernel.arch, size: kernel.size }, initrd_size }
    const { lines, summary } = await ask(api, { selector: only(world.host), image })
    const refusal = lines[0]?.refusal
    expect(refusal).toMatchObject({ code: 'no-hole', kind: 'initrd', change: { code: 'smaller-initrd' } })
    expect(refusal?.short_by).toBeGreaterThan(0)
    expect(summary.worst).toEqual({
      host: world.host.id,
      hostname: 'node-1',
      short_by: refusal?.short_by,
    })
    expect(summary).toMatchObject({
      assumptions: Array.from({ length: 3 }, () => ({ code: 'image-by-sizes' })),
    })
    const quick = await ask(api, { selector: only(world.host), image, change: false })
    expect(quick.lines[0]?.refusal).not.toHaveProperty('change')
  })

  test('another command line and purpose than those of the entry', async () => {
    const question = { selector: only(world.host), boot_entry: world.entry }
    const long = await ask(api, { ...question, cmdline: 'x'.repeat(4000) })
    expect(long.lines[0]?.refusal?.code).toBe('cmdline-too-long')
    const reboot = await ask(api, question)
    const crash = await ask(api, { ...question, purpose: 'crash' })
    // It has pins for a reboot, and none yet for a crash kernel.
    expect([reboot.lines[0]?.verdict, crash.lines[0]?.verdict]).toEqual(['fits', 'places'])
  })

  test('a host that cannot be read has its own line, and the others follow', async () => {
    const spoilt = await enroll(api)
    const after = await withSnapshot(api)
    const row = await api.store.snapshots.newest(after.id)
    if (!row) throw new Error('it was posted')
    const files = Uint8Array.from([1, 2, 3])
    await api.store.snapshots.insert({ ...row, id: `snap_${'0'.repeat(26)}`, hostId: spoilt.id, files })
    const { lines, summary } = await ask(api, { selector: only(spoilt, after), image: IMAGE })
    expect(lines.map((l) => [l.host, l.verdict])).toEqual([
      [spoilt.id, 'error'],
      [after.id, 'places'],
    ])
    expect(lines[0]?.error).toMatchObject({ code: 'internal' })
    expect(summary.errors).toBe(1)
  })

  test('who has a hole: to the byte, today and in every boot that is remembered', async () => {
    const host = await withSnapshot(api)
    const hole = (bytes: number) => ({ selector: only(host), hole: { bytes, below: '0x100000000' } })
    const far = await ask(api, hole(2 ** 40))
    const largest = far.lines[0]?.today?.largest
    if (!largest) throw new Error('it has some memory')
    expect(Number(largest.last)).toBeLessThan(2 ** 32)
    expect(far.lines[0]?.verdict).toBe('has-not')
    expect(far.summary).toMatchObject({ has_not: 1, worst: { short_by: 2 ** 40 - largest.bytes } })
    const just = await ask(api, hole(largest.bytes))
    expect([just.lines[0]?.verdict, just.lines[0]?.today?.short_by]).toEqual(['has', 0])
    const more = await ask(api, hole(largest.bytes + 1))
    expect([more.lines[0]?.verdict, more.lines[0]?.today?.short_by]).toEqual(['has-not', 1])

    const iomem = `${snapshotOf(X86).files['iomem']}`
      .replace('00900000-7ee9ffff : System RAM', '00900000-6fffffff : System RAM')
      .replace(/.* : Crash kernel\n/, '')
    await post(api, host, snapshotOf(X86, 'boot-2', { iomem }))
    await post(api, host, snapshotOf(X86, 'boot-3'))
    const { lines } = await ask(api, hole(largest.bytes))
    expect(lines[0]).toMatchObject({
      verdict: 'has',
      today: { has: true },
      stable: { has: false, boots: 3, largest: { last: '0x6fffffff' }, short_by: 0x7ee9ffff - 0x6fffffff },
    })
  })

  test('nothing is stored: every table has as many rows as before', async () => {
    const before = await rowCounts(api.databaseUrl)
    await ask(api, { boot_entry: world.entry })
    await ask(api, { image: HUGE })
    await ask(api, { hole: { bytes: 1 } })
    expect(await rowCounts(api.databaseUrl)).toEqual(before)
    expect(before['Host']).toBeGreaterThan(0)
  })

  test.each<[why: string, body: object, pointer: string]>([
    ['neither entry, image nor hole', {}, '/'],
    ['two of them', { image: IMAGE, hole: { bytes: 1 } }, '/'],
    ['an unknown field of the selector', { selector: { rack: 1 }, image: IMAGE }, '/selector/rack'],
    ['a list of no hosts', { selector: { hosts: [] }, image: IMAGE }, '/selector/hosts'],
    ['what has to do with loading, for a hole', { hole: { bytes: 1 }, cmdline: '' }, '/hole'],
    ['an alignment that is none', { hole: { bytes: 1, align: 3 } }, '/hole/align'],
    ['limits that leave nothing', { hole: { bytes: 1, above: '0x1000', below: '0x1000' } }, '/hole/below'],
    [
      'a kernel that needs less than its file',
      { image: { ...IMAGE, kernel: { ...IMAGE.kernel, memsz: 11_999_999 } } },
      '/image/kernel/memsz',
    ],
  ])('%s is 400', async (_why, body, pointer) => {
    const response = await api.call({ method: 'post', path: '/v1/what-if', as: viewer, body })
    expect([response.status, response.body.errors?.[0]?.pointer]).toEqual([400, pointer])
  })

  test('an entry that is not there is 404, and a host may not ask', async () => {
    const call = { method: 'post', path: '/v1/what-if' }
    const gone = await api.call({ ...call, as: viewer, body: { boot_entry: `boot_${'0'.repeat(26)}` } })
    expect([gone.status, gone.body.code]).toEqual([404, 'not-found'])
    const host = await api.call({ ...call, as: world.host.credential, body: { image: IMAGE } })
    expect(host.status).toBe(403)
  })
})

describe('the hosts of a selector', () => {
  let api: Api
  let hosts: EnrolledHost[]
  beforeAll(async () => {
    api = await startApi()
    hosts = []
    for (const group of ['web', 'web', 'db']) hosts.push(await enroll(api, { group }))
    const label = async (host: EnrolledHost | undefined, labels: object) =>
      api.call({
        method: 'patch',
        path: `/v1/hosts/${host?.id}`,
        as: api.admin,
        body: { labels },
        headers: { 'if-match': '*' },
      })
    await label(hosts[0], { rack: 'b12', role: 'front' })
    await label(hosts[1], { rack: 'B12' })
    await label(hosts[2], { rack: 'b_2' })
  })
  afterAll(() => api.close())

  test.each<[why: string, selector: object, want: number[]]>([
    ['nothing given: all', {}, [0, 1, 2]],
    ['a group', { group: 'web' }, [0, 1]],
    ['an architecture', { arch: 'arm64' }, []],
    ['a hardware model', { hardware_model: 'model' }, [0, 1, 2]],
    ['a state', { state: 'quarantined' }, []],
    ['a label, letter for letter', { labels: { rack: 'b12' } }, [0]],
    ['a label with what SQL takes for any letter', { labels: { rack: 'b_2' } }, [2]],
    ['all of several labels', { labels: { rack: 'b12', role: 'back' } }, []],
    ['all of several things', { group: 'web', labels: { rack: 'B12' } }, [1]],
  ])('%s', async (_why, selector, want) => {
    const { lines } = await ask(api, { selector, hole: { bytes: 1 } })
    expect(lines.map((l) => hosts.findIndex((h) => h.id === l.host))).toEqual(want)
  })

  test('ids that are not there, or do not match, are told', async () => {
    const nobody = `host_${'0'.repeat(26)}`
    const [web, , db] = hosts.map((h) => h.id)
    const selector = { hosts: [db, web, nobody, web], group: 'web' }
    const { lines, summary } = await ask(api, { selector, hole: { bytes: 1 } })
    expect(lines.map((l) => l.host)).toEqual([web])
    expect([...summary.not_selected].sort()).toEqual([nobody, db].sort())
  })
})

describe('a long answer', () => {
  const HOSTS = 130
  const AT = 20
  let api: Api
  let atHost: () => Promise<void>
  let read = 0
  beforeAll(async () => {
    api = await startApi({
      broken: (store): Store => ({
        ...store,
        snapshots: {
          ...store.snapshots,
          newest: async (id) => {
            if (++read === AT) await atHost()
            return store.snapshots.newest(id)
          },
        },
      }),
    })
    const host = await api.store.hosts.get((await enroll(api)).id)
    if (!host) throw new Error('it has enrolled')
    for (let i = 1; i < HOSTS; i++) {
      const id = `host_${String(i).padStart(26, '0')}`
      await api.store.hosts.insert({ ...host, id, machineId: `m${i}` })
    }
  })
  afterAll(() => api.close())

  test('comes over several pages, and others are answered meanwhile', async () => {
    read = 0
    atHost = async () => {
      expect(await statusOf(`${api.url}/readyz`)).toBe(200)
    }
    const { lines, summary } = await ask(api, { hole: { bytes: 1 } })
    expect([lines.length, new Set(lines.map((l) => l.host)).size, summary.hosts]).toEqual([
      HOSTS,
      HOSTS,
      HOSTS,
    ])
  })

  test('whoever goes away is worked for no longer', async () => {
    read = 0
    const asked = httpRequest(`${api.url}/v1/what-if`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.admin}`, 'content-type': 'application/json' },
    })
    asked.on('error', () => {})
    const gone = new Promise<void>((resolve) => {
      api.app.server.once('request', (_request, response) => void response.once('close', () => resolve()))
    })
    atHost = async () => {
      asked.destroy()
      await gone
    }
    asked.end(JSON.stringify({ hole: { bytes: 1 } }))
    await gone
    for (let i = 0; i < 2 * HOSTS; i++) await statusOf(`${api.url}/readyz`)
    expect(read).toBeGreaterThanOrEqual(AT)
    expect(read).toBeLessThan(HOSTS)
  })
})

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpGet(url, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
