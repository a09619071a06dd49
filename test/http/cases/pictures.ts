import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlacementMap, Stability } from '../../../src/wire/picture.ts'
import { SnapshotMap } from '../../../src/wire/snapshot.ts'
import { startApi, type Api } from '../api.ts'
import { createEntry, enroll, plannedHost, post, snapshotOf, X86 } from '../fixtures.ts'

const NOBODY = '0'.repeat(26)
const SVG = { accept: 'image/svg+xml' }
const HUGE = { initrd: { sha256: 'ab'.repeat(32), size: 3 * 2 ** 30 } }

describe('pictures', () => {
  let api: Api
  let at: Awaited<ReturnType<typeof plannedHost>>
  beforeAll(async () => {
    api = await startApi()
    at = await plannedHost(api)
  })
  afterAll(() => api.close())

  const get = (path: string, headers = {}, as = api.admin) => api.call({ method: 'get', path, as, headers })
  const host = () => `/v1/hosts/${at.host.id}`
  const drawn = async (path: string) => {
    const response = await get(path, SVG)
    expect([response.status, response.headers['content-type']]).toEqual([200, 'image/svg+xml; charset=utf-8'])
    return String(response.body)
  }

  test.each<[why: string, path: () => string]>([
    ['a snapshot', () => `${host()}/snapshots/${at.snapshot.id}/map`],
    ['two boots', () => `${host()}/snapshots/diff`],
    ['a plan', () => `/v1/plans/${at.plan}`],
    ['a trial', () => `${host()}/placements/map?boot_entry=${at.entry}`],
    ['the last boots', () => `${host()}/stability`],
  ])('%s in every form, each with an ETag of its own and the same bytes again', async (_why, path) => {
    const forms = ['application/json', 'text/plain', 'image/svg+xml']
    const answers = await Promise.all(forms.map((accept) => get(path(), { accept })))
    expect(answers.map((a) => a.headers['content-type'])).toEqual(
      forms.map((type) => `${type}; charset=utf-8`),
    )
    expect(answers.map((a) => a.headers['vary'])).toEqual(['accept', 'accept', 'accept'])
    const tags = answers.map((a) => a.headers['etag'])
    expect(new Set(tags).size).toBe(3)
    const again = await get(path(), { ...SVG, 'if-none-match': String(tags[2]) })
    expect(again.status).toBe(304)
  })

  test('a file of its own brings its style; one for a page does not', async () => {
    const path = `${host()}/snapshots/${at.snapshot.id}/map`
    const alone = await drawn(path)
    const embedded = await drawn(`${path}?embed=true`)
    expect([alone, embedded].map((svg) => svg.includes('<style>'))).toEqual([true, false])
    expect([alone, embedded].map((svg) => svg.includes('role="img"'))).toEqual([true, true])
  })

  test.each([
    ['?scale=linear', 'another scale is another picture'],
    ['?width=400', 'another width as well'],
  ])('%s: %s', async (query) => {
    const path = `${host()}/snapshots/${at.snapshot.id}/map`
    expect(await drawn(path + query)).not.toBe(await drawn(path))
  })

  test.each(['?scale=log', '?width=319', '?width=1601', '?embed=yes'])('%s is 400', async (query) => {
    const response = await get(`${host()}/snapshots/${at.snapshot.id}/map${query}`)
    expect([response.status, response.body.code]).toEqual([400, 'invalid-input'])
  })

  test("the map of a snapshot has the host's pins, and the segments of a plan that is asked for", async () => {
    const path = `${host()}/snapshots/${at.snapshot.id}/map`
    const lanes = async (query: string) =>
      SnapshotMap.parse((await get(path + query)).body).facts.lanes.map(({ name }) => name)
    expect(await lanes('')).toEqual(['firmware', 'iomem', 'usable', 'pins'])
    expect(await lanes(`?plan=${at.plan}`)).toEqual(['firmware', 'iomem', 'usable', 'plan', 'pins'])
  })

  test("another host's plan is not there", async () => {
    const other = await plannedHost(api)
    const path = `${host()}/snapshots/${at.snapshot.id}/map`
    expect((await get(`${path}?plan=${other.plan}`)).status).toBe(404)
    expect((await get(`${path}?plan=plan_${NOBODY}`)).status).toBe(404)
    expect((await get(`/v1/hosts/${other.host.id}/stability`, {}, at.host.credential)).status).toBe(404)
  })

  test('what is refused is an answer: every hole has its number and its reason', async () => {
    const huge = await createEntry(api, X86, HUGE)
    const path = `${host()}/placements/map?boot_entry=${huge}`
    const { body } = (await get(path)) as { body: PlacementMap }
    expect([body.plan, body.failure?.code]).toEqual([null, 'no-hole'])
    expect(body.facts.refused.map(({ number }) => number)).toEqual(body.facts.refused.map((_, i) => i + 1))
    expect(body.facts.refused.length).toBeGreaterThan(0)
    for (const { sentence } of body.facts.refused) expect(sentence).not.toBe('')
    expect(body.facts.changes.length).toBeGreaterThan(0)
    const text = (await get(path, { accept: 'text/plain' })).text
    expect(text).toContain('[1]')
    expect(await drawn(path)).toContain(body.facts.refused[0]?.sentence)
  })

  test('what would be planned is planned in the same way, and nothing is stored by asking', async () => {
    const path = `${host()}/placements/map?boot_entry=${at.entry}`
    const { body } = (await get(path)) as { body: PlacementMap }
    const asked = { boot_entry: at.entry }
    const dry = await api.call({
      method: 'post',
      path: `${host()}/plans?dry_run=true`,
      as: api.admin,
      body: asked,
    })
    expect(body.plan).toEqual(dry.body.body)
    expect((await get(`${host()}/plans`)).body.items).toHaveLength(1)
  })

  test.each<[why: string, query: () => string, status: number]>([
    ['a boot entry that is not there', () => `?boot_entry=boot_${NOBODY}`, 404],
    ['a snapshot that is not there', () => `?boot_entry=${at.entry}&snapshot=snap_${NOBODY}`, 404],
    ['no boot entry at all', () => '', 400],
  ])('%s', async (_why, query, status) => {
    expect((await get(`${host()}/placements/map${query()}`)).status).toBe(status)
  })

  test('a host that has posted nothing', async () => {
    const bare = await enroll(api)
    for (const what of ['stability', `placements/map?boot_entry=${at.entry}`]) {
      const response = await get(`/v1/hosts/${bare.id}/${what}`)
      expect([response.status, response.body.code]).toEqual([409, 'no-snapshot'])
    }
  })

  test('stability: so many of the newest boots, oldest first', async () => {
    const { id, credential } = await enroll(api)
    const ids: string[] = []
    for (const boot of ['boot-1', 'boot-2', 'boot-3']) {
      api.clock.now = new Date(api.clock.now.getTime() + 60_000)
      ids.push((await post(api, { id, credential }, snapshotOf(X86, boot))).id)
    }
    const { body } = (await get(`/v1/hosts/${id}/stability?boots=2`)) as { body: Stability }
    expect([body.host, body.snapshots]).toEqual([id, ids.slice(1)])
    expect(body.boots.map(({ boot_id }) => boot_id)).toEqual(['boot-2', 'boot-3'])
    expect(body.boots.every((boot) => boot.same_hardware)).toBe(true)
    expect(body.unsteady).toEqual([])
  })

  test('pins are judged by an older snapshot as well, for itself alone', async () => {
    const { host: own, snapshot } = await plannedHost(api)
    api.clock.now = new Date(api.clock.now.getTime() + 60_000)
    const newest = await post(api, own, snapshotOf(X86, 'boot-2'))
    const drift = async (query: string) => (await get(`/v1/hosts/${own.id}/pins/drift${query}`)).body
    expect(await drift('')).toMatchObject({ snapshot: newest.id, boots: 1 })
    expect(await drift(`?snapshot=${snapshot.id}`)).toMatchObject({ snapshot: snapshot.id, boots: 0 })
    expect((await get(`/v1/hosts/${own.id}/pins/drift?snapshot=snap_${NOBODY}`)).status).toBe(404)
  })
})

describe('lists, the newest first', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  test('plans, their states and the timeline, page by page', async () => {
    const { host, entry } = await plannedHost(api)
    for (const _ of [1, 2, 3]) {
      api.clock.now = new Date(api.clock.now.getTime() + 1000)
      const body = { boot_entry: entry }
      await api.call({ method: 'post', path: `/v1/hosts/${host.id}/plans`, as: api.admin, body })
    }
    const all = async (list: string, order: string, key: string) => {
      const found: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = `order=${order}&limit=2${cursor && `&cursor=${cursor}`}`
        const path = `/v1/hosts/${host.id}/${list}?${query}`
        const { body } = await api.call({ method: 'get', path, as: api.admin })
        found.push(...(body.items as Record<string, string>[]).map((item) => String(item[key])))
        cursor = body.next_cursor as string | null
      }
      return found
    }
    for (const [list, key] of [
      ['plans', 'id'],
      ['plan-states', 'plan'],
      ['timeline', 'id'],
    ] as const) {
      const newest = await all(list, 'newest', key)
      expect(newest).toEqual([...(await all(list, 'oldest', key))].reverse())
      expect(newest.length).toBeGreaterThan(3)
    }
  })

  test('a cursor of one order is none of the other', async () => {
    const { host, entry } = await plannedHost(api)
    const body = { boot_entry: entry }
    await api.call({ method: 'post', path: `/v1/hosts/${host.id}/plans`, as: api.admin, body })
    const list = (query: string) =>
      api.call({ method: 'get', path: `/v1/hosts/${host.id}/plans?${query}`, as: api.admin })
    const { next_cursor: cursor } = (await list('order=newest&limit=1')).body as { next_cursor: string }
    const other = await list(`order=oldest&limit=1&cursor=${cursor}`)
    expect([other.status, other.body.code]).toEqual([400, 'bad-cursor'])
  })
})
