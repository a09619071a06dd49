import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { diffBoots, diffText } from '../../../src/planner/index.ts'
import { MemoryDiff, PinDriftList, SnapshotDiff, wireDiff } from '../../../src/wire/diff.ts'
import { loadCapture } from '../../capture.ts'
import { snapshotOf as read } from '../../planner/host.ts'
import { startApi, type Api } from '../api.ts'
import { createKey, enroll, plannedHost, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

const KASLR = 'x86_64-seabios-4g-kaslr1'
const NO_KASLR = 'x86_64-seabios-4g-nokaslr'
const NOBODY = `snap_${'0'.repeat(26)}`

describe('diffs', () => {
  let api: Api
  let viewer: string
  beforeAll(async () => {
    api = await startApi()
    viewer = await createKey(api, 'viewer')
  })
  afterAll(() => api.close())

  const diff = (host: EnrolledHost, query = '', headers = {}, as = viewer) =>
    api.call({ method: 'get', path: `/v1/hosts/${host.id}/snapshots/diff${query}`, as, headers })
  const drift = (host: EnrolledHost, as = viewer) =>
    api.call({ method: 'get', path: `/v1/hosts/${host.id}/pins/drift`, as })

  /** A host with three snapshots: two boots of one memory, then another. */
  async function bootedThrice() {
    const host = await enroll(api)
    const ids: string[] = []
    for (const [i, capture] of [KASLR, KASLR, NO_KASLR].entries()) {
      api.clock.now = new Date(api.clock.now.getTime() + 1000)
      ids.push((await post(api, host, snapshotOf(capture, `boot-${i}`))).id)
    }
    return { host, ids }
  }

  test('what the planner finds between the newest and the one before', async () => {
    const { host, ids } = await bootedThrice()
    const { status, body } = await diff(host)
    expect(status).toBe(200)
    const { host: of, from, to, ...rest } = SnapshotDiff.parse(body)
    expect([of, from, to]).toEqual([host.id, ids[1], ids[2]])
    const [before, after] = [KASLR, NO_KASLR].map((name) => read(loadCapture(name)))
    if (!before || !after) throw new Error('two captures were read')
    expect(rest).toEqual({
      ...MemoryDiff.parse(wireDiff(diffBoots(before, after))),
      boot_id: { before: 'boot-1', after: 'boot-2' },
    })
    expect(rest.changes.length).toBeGreaterThan(0)
    expect(rest.hardware_changed).toBe(false)
  })

  test('as text for who asks for it, with an ETag of its own', async () => {
    const { host } = await bootedThrice()
    const json = await diff(host)
    const text = await diff(host, '', { accept: 'text/plain' })
    expect(text.headers['content-type']).toMatch(/^text\/plain/)
    const [before, after] = [KASLR, NO_KASLR].map((name, i) =>
      read({ ...loadCapture(name), 'boot-id': `boot-${i + 1}\n` }),
    )
    if (!before || !after) throw new Error('two captures were read')
    expect(text.text).toBe(diffText(diffBoots(before, after)))
    expect([text.headers['vary'], text.headers['etag'] === json.headers['etag']]).toEqual(['accept', false])
  })

  test.each<[why: string, query: (ids: string[]) => string, want: [from: number, to: number]]>([
    ['neither is named', () => '', [1, 2]],
    ['only the later one', (ids) => `?to=${ids[1]}`, [0, 1]],
    ['only the earlier one', (ids) => `?from=${ids[0]}`, [0, 2]],
    ['both, the wrong way round', (ids) => `?from=${ids[2]}&to=${ids[0]}`, [2, 0]],
    ['the first one has nothing before it', (ids) => `?to=${ids[0]}`, [0, 0]],
  ])('%s', async (_why, query, [from, to]) => {
    const { host, ids } = await bootedThrice()
    const { body } = await diff(host, query(ids))
    expect([body.from, body.to]).toEqual([ids[from], ids[to]])
    expect(body.changes.length === 0).toBe(from === to || from + to === 1)
  })

  test('an old snapshot that came again is the newest: all others are before it', async () => {
    const { host, ids } = await bootedThrice()
    await post(api, host, snapshotOf(KASLR, 'boot-0'))
    const { body } = await diff(host)
    expect([body.from, body.to]).toEqual([ids[2], ids[0]])
  })

  test('the host may read its own, and no other', async () => {
    const { host } = await bootedThrice()
    const other = await enroll(api)
    expect((await diff(host, '', {}, host.credential)).status).toBe(200)
    expect((await diff(host, '', {}, other.credential)).status).toBe(404)
    expect((await drift(host, host.credential)).status).toBe(200)
    expect((await drift(host, other.credential)).status).toBe(404)
  })

  test.each<[why: string, query: (stranger: string) => string, status: number, code: string]>([
    ['a snapshot that is not there', () => `?from=${NOBODY}`, 404, 'not-found'],
    ['another one that is not there', () => `?to=${NOBODY}`, 404, 'not-found'],
    ["another host's snapshot", (stranger) => `?from=${stranger}`, 404, 'not-found'],
    ['no id at all', () => '?from=yesterday', 400, 'invalid-input'],
  ])('%s', async (_why, query, status, code) => {
    const { host } = await bootedThrice()
    const stranger = await enroll(api)
    const { id } = await post(api, stranger, snapshotOf(KASLR))
    const response = await diff(host, query(id))
    expect([response.status, response.body.code]).toEqual([status, code])
  })

  test('a host that has posted nothing', async () => {
    const host = await enroll(api)
    const answers = [await diff(host), await drift(host)]
    expect(answers.map((a) => [a.status, a.body.code])).toEqual([
      [409, 'no-snapshot'],
      [409, 'no-snapshot'],
    ])
  })

  test('pins of a fresh plan hold; a boot that takes their place breaks them, and is named', async () => {
    const { host, snapshot } = await plannedHost(api)
    const before = PinDriftList.parse((await drift(host)).body)
    expect(before).toMatchObject({ host: host.id, snapshot: snapshot.id, boots: 0 })
    expect(new Set(before.items.map((i) => i.verdict))).toEqual(new Set(['holds']))
    const kernel = before.items.find((i) => i.kind === 'kernel')
    if (!kernel) throw new Error('a plan pins its kernel')

    api.clock.now = new Date(api.clock.now.getTime() + 1000)
    const { id } = await post(api, host, snapshotOf(X86, 'boot-2', withoutRamAt(Number(kernel.mem))))
    const after = PinDriftList.parse((await drift(host)).body)
    expect(after).toMatchObject({ snapshot: id, boots: 1 })
    const broken = after.items.find((i) => i.kind === 'kernel')
    expect(broken).toMatchObject({ verdict: 'broken', by: { why: 'no System RAM' } })
    expect(broken?.by?.range.start).toBe(kernel.mem)

    api.clock.now = new Date(api.clock.now.getTime() + 1000)
    await post(api, host, snapshotOf(X86, 'boot-3'))
    const again = PinDriftList.parse((await drift(host)).body)
    expect(again.boots).toBe(2)
    const risk = again.items.find((i) => i.kind === 'kernel')
    expect(risk).toMatchObject({ verdict: 'at-risk', by: { why: 'not free in a remembered boot' } })
    expect(risk?.sentence).toMatch(/^Free, but 1 of 2 boots before did not have /)
  })

  test('a host without pins has no drift', async () => {
    const { host } = await bootedThrice()
    expect((await drift(host)).body.items).toEqual([])
  })
})

/** The capture's iomem, top level alone, with a page of other memory at an address that is RAM in it. */
function withoutRamAt(at: number): { iomem: string } {
  const hex = (n: number) => n.toString(16).padStart(8, '0')
  const lines = (loadCapture(X86).iomem ?? '').split('\n').flatMap((line) => {
    if (line.startsWith(' ')) return []
    const [, start = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) : System RAM/.exec(line) ?? []
    const [from, to] = [Number(`0x${start}`), Number(`0x${last}`)]
    if (start === '' || at < from || to < at) return [line]
    const below = at > from ? [`${hex(from)}-${hex(at - 1)} : System RAM`] : []
    return [
      ...below,
      `${hex(at)}-${hex(at + 0xfff)} : Reserved`,
      `${hex(at + 0x1000)}-${hex(to)} : System RAM`,
    ]
  })
  return { iomem: lines.join('\n') }
}
