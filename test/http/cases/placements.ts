import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { ARM64, createEntry, createKey, enroll, plannedHost, post, snapshotOf, X86 } from '../fixtures.ts'

const HUGE = { initrd: { sha256: 'ab'.repeat(32), size: 3 * 2 ** 30 } }

describe('placements', () => {
  let api: Api
  let viewer: string
  beforeAll(async () => {
    api = await startApi()
    viewer = await createKey(api, 'viewer')
  })
  afterAll(() => api.close())

  const get = (host: string, query: string, headers = {}, as = viewer) =>
    api.call({ method: 'get', path: `/v1/hosts/${host}/placements${query}`, as, headers })

  test('the three strategies side by side; pinned is what a plan would be, and nothing is stored', async () => {
    const { host, entry, plan } = await plannedHost(api)
    const { status, body } = await get(host.id, `?boot_entry=${entry}`)
    expect(status).toBe(200)
    expect(body.loads.map((l: { strategy: string }) => l.strategy)).toEqual([
      'kexec_file',
      'kexec_tools',
      'pinned',
    ])
    const stored = await api.call({ method: 'get', path: `/v1/plans/${plan}`, as: viewer })
    const places = (of: { segments: { mem: string }[] }) => of.segments.map((s) => s.mem)
    expect(places(body.loads[2].plan)).toEqual(places(stored.body.body))
    const causes = body.segments.flatMap((s: { differences: { causes: object[] }[] }) =>
      s.differences.flatMap((d) => d.causes),
    )
    expect(causes.length).toBeGreaterThan(0)
    const list = await api.call({ method: 'get', path: `/v1/hosts/${host.id}/plans`, as: viewer })
    expect(list.body.items).toHaveLength(1)
  })

  test('as text for who asks for it, with an ETag of its own', async () => {
    const { host, entry, plan } = await plannedHost(api)
    const json = await get(host.id, `?boot_entry=${entry}`)
    const text = await get(host.id, `?boot_entry=${entry}`, { accept: 'text/plain' })
    expect(text.headers['content-type']).toMatch(/^text\/plain/)
    expect(text.text).toMatch(/^placements for a reboot/)
    expect(text.text).toMatch(/^kexec -c -l KERNEL --initrd=INITRD /m)
    expect(text.headers['etag']).not.toBe(json.headers['etag'])
    const page = await api.call({
      method: 'get',
      path: `/v1/plans/${plan}`,
      as: viewer,
      headers: { accept: 'text/plain' },
    })
    expect(page.text).toMatch(/^kexec -c -l KERNEL /m)
  })

  test('for a crash kernel: what is reserved, and what should be', async () => {
    const host = await enroll(api, { arch: 'arm64' })
    await post(api, host, snapshotOf(ARM64))
    const entry = await createEntry(api, ARM64)
    const { body } = await get(host.id, `?boot_entry=${entry}&purpose=crash`)
    expect(body.crashkernel.crashkernel).toMatch(/^\d+M$/)
    expect(body.purpose).toBe('crash')
  })

  test('where a strategy has no plan, its failure says what would make it fit', async () => {
    const host = await enroll(api)
    await post(api, host, snapshotOf(X86))
    const entry = await createEntry(api, X86, HUGE)
    const { status, body } = await get(host.id, `?boot_entry=${entry}`)
    expect(status).toBe(200)
    expect(body.loads[0]).toMatchObject({ plan: null, failure: { code: 'no-hole' } })
    expect(body.loads[0].failure.change.code).toBe('smaller-initrd')
    expect(body.command).toBeNull()
  })

  test.each<[why: string, query: (entry: string) => string, status: number, code: string]>([
    ['a host that has posted nothing', (entry) => `?boot_entry=${entry}`, 409, 'no-snapshot'],
    ['an entry that is not there', () => `?boot_entry=boot_${'0'.repeat(26)}`, 404, 'not-found'],
    ['no entry at all', () => '', 400, 'invalid-input'],
    ['a purpose that there is not', (entry) => `?boot_entry=${entry}&purpose=fun`, 400, 'invalid-input'],
  ])('%s', async (_why, query, status, code) => {
    const host = await enroll(api)
    const response = await get(host.id, query(await createEntry(api)))
    expect([response.status, response.body.code]).toEqual([status, code])
  })
})
