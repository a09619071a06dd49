import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlanBody } from '../../../src/planner/index.ts'
import type { PolicyRules } from '../../../src/wire/policy.ts'
import { loadCapture } from '../../capture.ts'
import { check, startApi, type Api } from '../api.ts'
import { ARM64, createEntry, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

describe('snapshots', () => {
  let api: Api
  let host: EnrolledHost
  beforeAll(async () => {
    api = await startApi()
    host = await enroll(api)
  })
  afterAll(() => api.close())

  const send = (body: unknown, { id, credential }: EnrolledHost = host, query = '') =>
    api.call({ method: 'post', path: `/v1/hosts/${id}/snapshots${query}`, as: credential, body })
  const list = async ({ id }: EnrolledHost) =>
    (await api.call({ method: 'get', path: `/v1/hosts/${id}/snapshots`, as: api.admin })).body.items

  test('the same content is one snapshot, and the newest again', async () => {
    const own = await enroll(api)
    const first = await send(snapshotOf(X86), own)
    const again = await send(snapshotOf(X86), own)
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id])
    const other = await send(snapshotOf(X86, 'boot-2'), own)
    expect([other.status, other.body.memory_digest]).toEqual([201, first.body.memory_digest])
    expect(await api.store.snapshots.newestId(own.id)).toBe(other.body.id)
    await send(snapshotOf(X86), own)
    expect(await api.store.snapshots.newestId(own.id)).toBe(first.body.id)
    expect(await list(own)).toHaveLength(2)
  })

  test('parts of a form are the fields of the JSON', async () => {
    const {
      iomem = '',
      uname = '',
      cmdline = '',
      'firmware-memmap': map = '',
      'boot-params': bootParams,
    } = loadCapture(X86)
    const form = () =>
      supertest(api.url)
        .post(`/v1/hosts/${host.id}/snapshots`)
        .set('authorization', `Bearer ${host.credential}`)
        .attach('iomem', Buffer.from(iomem), 'iomem')
        .attach('boot-params', Buffer.from(bootParams ?? []), 'data')
        .field('uname', uname)
        .field('cmdline', cmdline)
        .field('firmware-memmap', map)
    const checked = async (request: ReturnType<typeof form>) => {
      const response = await request
      check('post', `/v1/hosts/${host.id}/snapshots`, response)
      return response
    }
    const sent = await checked(form().field('boot_id', 'form-1'))
    expect(sent.status).toBe(201)
    const files = { iomem, uname, cmdline, 'firmware-memmap': map }
    const params = Buffer.from(bootParams ?? []).toString('base64')
    const asJson = await send({ boot_id: 'form-1', files: { ...files, 'boot-params': params } })
    expect([asJson.status, asJson.body.id]).toEqual([200, sent.body.id])
    const byFile = await checked(form().attach('boot-id', Buffer.from('form-1\n'), 'boot_id'))
    expect([byFile.status, byFile.body.id]).toEqual([200, sent.body.id])
    const places = async (request: ReturnType<typeof form>) =>
      (await checked(request)).body.errors.map(
        (e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`,
      )
    expect(await places(form())).toEqual(['/boot_id invalid-type'])
    expect(await places(form().field('boot_id', 'x').field('shadow', 'x'))).toEqual([
      '/files/shadow unknown-field',
    ])
    expect(await places(form().field('boot_id', 'x').field('uname', 'x'))).toEqual(['/files/uname duplicate'])
  })

  test.each<[why: string, change: Record<string, string>, file: string, code: string, line: number]>([
    [
      'all addresses zero',
      { iomem: '00000000-00000000 : System RAM\n'.repeat(3) },
      'iomem',
      'masked-addresses',
      1,
    ],
    ['a torn line', { iomem: '00000000-00000fff : Reserved\n00001000-0009' }, 'iomem', 'truncated-line', 2],
    ['another machine', { uname: 'Linux h 6.12.0 #1 SMP riscv64 GNU/Linux\n' }, 'uname', 'unknown-arch', 1],
    ['noise', { iomem: 'x'.repeat(10_000_000) }, 'iomem', 'bad-line', 1],
  ])('%s is refused with its place, and nothing is kept', async (_why, change, file, code, line) => {
    const own = await enroll(api)
    const response = await send(snapshotOf(X86, 'boot-1', change), own)
    expect([response.status, response.body.code]).toEqual([400, 'bad-snapshot'])
    const place = { pointer: `/files/${file}`, file, code, line }
    expect(response.body.errors[0]).toMatchObject(place)
    expect(response.body.errors[0].expected).not.toBe('')
    expect(await list(own)).toEqual([])
  })

  test.each<[why: string, boundary: string, body: string]>([
    ['whose boundary is longer than its parser can look for', 'x'.repeat(300), `--${'x'.repeat(300)}--\r\n`],
    ['that says no boundary', '', '--x--\r\n'],
    ['that ends within a part', 'x', '--x\r\ncontent-disposition: form-data; name="iomem"\r\n\r\n0000'],
    [
      'that ends within a file',
      'x',
      '--x\r\ncontent-disposition: form-data; name="iomem"; filename="iomem"\r\n\r\n0000',
    ],
  ])('a form %s could not be read: 400', async (_why, boundary, body) => {
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const path = `/v1/hosts/${host.id}/snapshots`
    const response = await api.call({ method: 'post', path, as: host.credential, body, headers })
    expect([response.status, response.body.code]).toEqual([400, 'malformed-body'])
  })

  test('every bad file is reported, not only the first', async () => {
    const response = await send(snapshotOf(X86, 'boot-1', { iomem: '?', 'firmware-memmap': '?' }))
    expect(response.body.errors.map((e: { file: string }) => e.file).sort()).toEqual([
      'firmware-memmap',
      'iomem',
    ])
  })

  test('a snapshot of another architecture than the host is refused', async () => {
    const response = await send(snapshotOf(ARM64))
    expect([response.status, response.body.code]).toEqual([422, 'arch-mismatch'])
  })

  test('a plan can come with it; where the planner refuses one, the snapshot is kept all the same', async () => {
    const own = await enroll(api)
    const entry = await createEntry(api)
    const planned = await send(snapshotOf(X86), own, `?plan=${entry}`)
    expect(planned.body.plan).toMatchObject({ snapshot: planned.body.id, boot_entry: entry, host: own.id })
    const other = await enroll(api)
    const huge = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: 2 ** 33 } })
    const refused = await send(snapshotOf(X86), other, `?plan=${huge}`)
    expect([refused.status, refused.body.code]).toEqual([422, 'initrd-too-large'])
    expect((await list(other)).map((row: { id: string }) => row.id)).toEqual([refused.body.snapshot])
    const unknown = await enroll(api)
    expect((await send(snapshotOf(X86), unknown, `?plan=boot_${'0'.repeat(26)}`)).status).toBe(404)
    expect(await list(unknown)).toEqual([])
  })

  test('a boot that breaks a pin of a strict host is kept, and drift tells it', async () => {
    const own = await enroll(api)
    const entry = await createEntry(api)
    const put = (path: string, body: object, headers: Record<string, string> = {}) =>
      api.call({ method: 'put', path, as: api.admin, body, headers })
    const rules: PolicyRules = { on_broken: 'strict' }
    await put(`/v1/policies/host:${own.id}`, { rules, reason: 'test' })
    expect((await send(snapshotOf(X86), own, `?plan=${entry}`)).status).toBe(201)
    const taken = { mem: '0x7ff00000', room: 0x100000, reason: 'in what firmware reserves' }
    await put(`/v1/hosts/${own.id}/pins/reboot/initrd`, taken, { 'if-match': '*' })
    const broken = await send(snapshotOf(X86, 'boot-2'), own, `?plan=${entry}`)
    expect([broken.status, broken.body.code]).toEqual([422, 'pin-broken'])
    expect(await api.store.snapshots.newestId(own.id)).toBe(broken.body.snapshot)
    const drift = await api.call({
      method: 'get',
      path: `/v1/hosts/${own.id}/pins/drift`,
      as: own.credential,
    })
    expect(drift.body.snapshot).toBe(broken.body.snapshot)
    const again = await send(snapshotOf(X86, 'boot-2'), own, `?plan=${entry}`)
    expect([again.status, again.body.snapshot]).toEqual([422, broken.body.snapshot])
  })

  test('its findings and its map, as JSON and as text', async () => {
    const { id } = await post(api, host, snapshotOf(X86, 'boot-map'))
    const path = `/v1/hosts/${host.id}/snapshots/${id}`
    const one = await api.call({ method: 'get', path, as: host.credential })
    const findings = await api.call({ method: 'get', path: `${path}/findings`, as: host.credential })
    expect(findings.body.items).toEqual(one.body.findings)
    const map = { method: 'get', path: `${path}/map`, as: host.credential }
    const json = await api.call(map)
    expect(json.body.bookable.resources).toContainEqual({ start: '0x100000000', last: '0x17fffffff' })
    const text = await api.call({ ...map, headers: { accept: 'text/plain' } })
    expect(text.text).toContain(`\n${json.body.facts.sentence}\n`)
    expect([text.headers['vary'], text.headers['etag'] === json.headers['etag']]).toEqual(['accept', false])
    const any = await api.call({ ...map, headers: { accept: '*/*' } })
    expect(any.headers['content-type']).toMatch(/json/)
  })

  const { iomem = '', 'firmware-memmap': firmwareMap = '' } = loadCapture(X86)
  /** The same machine after its firmware has made a page of RAM its own. */
  const otherFirmware = {
    iomem: iomem.replace('7f8ebfff : System RAM', '7f8eafff : System RAM').replace('7f8ec000-', '7f8eb000-'),
    'firmware-memmap': firmwareMap.replace('0x7f8ebfff', '0x7f8eafff').replace('0x7f8ec000', '0x7f8eb000'),
  }
  const planned = async (own: EnrolledHost, entry: string, body = {}) =>
    (
      await api.call({
        method: 'post',
        path: `/v1/hosts/${own.id}/plans`,
        as: api.admin,
        body: { boot_entry: entry, ...body },
      })
    ).body.body as PlanBody
  const setPolicy = (own: EnrolledHost, rules: PolicyRules) =>
    api.call({
      method: 'put',
      path: `/v1/policies/host:${own.id}`,
      as: api.admin,
      body: { rules, reason: 'test' },
    })
  const timeline = async ({ id }: EnrolledHost) =>
    (await api.call({ method: 'get', path: `/v1/hosts/${id}/timeline?limit=500`, as: api.admin })).body
      .items as { kind: string; detail: string; snapshot: string | null }[]

  test('firmware that shows another map than in the boot before is flagged, and in the timeline', async () => {
    const own = await enroll(api)
    const flags = []
    for (const [boot, change] of [{}, {}, otherFirmware, otherFirmware, {}].entries()) {
      const sent = await send(snapshotOf(X86, `boot-${boot}`, change), own)
      expect(sent.status).toBe(201)
      flags.push(sent.body.summary.hardware_changed)
    }
    expect(flags).toEqual([undefined, false, true, false, true])
    const changed = (await timeline(own)).filter((e) => e.kind === 'hardware-changed')
    const shown = (await list(own)).map((s: { id: string }) => s.id)
    expect(changed.map((e) => e.snapshot)).toEqual([shown[2], shown[4]])
  })

  test('new pins go where the remembered boots of the same hardware had memory free', async () => {
    const own = await enroll(api)
    const entry = await createEntry(api)
    const held = 0x170000000
    const kept = iomem
      .replace('100000000-17fffffff : System RAM', '100000000-16fffffff : System RAM')
      .replace(/^(.*Kernel bss)$/m, '$1\n170000000-17fffffff : Reserved')
    expect((await send(snapshotOf(X86, 'boot-1', { iomem: kept }), own)).status).toBe(201)
    await send(snapshotOf(X86, 'boot-2', otherFirmware), own)
    await send(snapshotOf(X86, 'boot-3'), own)
    const body = await planned(own, entry)
    expect(body.inputs.ground).toMatchObject({ boots: 1 })
    for (const { mem, room } of body.segments) expect(Number(mem) + room).toBeLessThanOrEqual(held)

    const other = await enroll(api)
    for (const boot of ['boot-1', 'boot-2', 'boot-3', 'boot-4']) await send(snapshotOf(X86, boot), other)
    const free = await planned(other, entry)
    expect(free.inputs.ground).toMatchObject({ boots: 3 })
    expect(Math.max(...free.segments.map(({ mem }) => Number(mem)))).toBeGreaterThan(held)
    await setPolicy(other, { remember_boots: 2 })
    expect((await planned(other, entry)).inputs.ground).toMatchObject({ boots: 2 })
    expect((await planned(other, entry, { strategy: 'kexec_file' })).inputs.ground).toBeUndefined()
  })

  test('old ones go by policy, and what plans and pins still go by stays', async () => {
    const own = await enroll(api)
    const before = api.clock.now
    await setPolicy(own, { remember_boots: 2, keep_snapshots: { count: 3, days: 10 } })
    const ids: string[] = []
    const boot = async () =>
      ids.push((await send(snapshotOf(X86, `boot-${ids.length}`), own)).body.id as string)
    const left = async () => (await list(own)).map((s: { id: string }) => ids.indexOf(s.id))
    await boot()
    await planned(own, await createEntry(api))
    for (const _ of [1, 2, 3]) await boot()
    expect(await left()).toEqual([0, 1, 2, 3])
    expect((await timeline(own)).map((e) => e.kind)).not.toContain('snapshots-forgotten')
    await boot()
    expect(await left()).toEqual([0, 2, 3, 4])
    const path = `/v1/hosts/${own.id}/snapshots/${ids[1]}`
    expect((await api.call({ method: 'get', path, as: api.admin })).status).toBe(404)
    const days = (n: number) => new Date(before.getTime() + n * 24 * 3600 * 1000)
    api.clock.now = days(10)
    await boot()
    expect(await left()).toEqual([0, 3, 4, 5])
    api.clock.now = days(10.01)
    await boot()
    expect(await left()).toEqual([0, 5, 6])
    api.clock.now = before
    const told = (await timeline(own)).filter((e) => e.kind === 'snapshots-forgotten')
    expect(told.map((e) => e.detail.split(',')[0])).toEqual(['1', '1', '2'])
    const audit = await api.call({
      method: 'get',
      path: `/v1/audit?target=${own.id}&limit=500`,
      as: api.admin,
    })
    const forgotten = audit.body.items.filter((e: { action: string }) => e.action === 'snapshots.forget')
    expect(forgotten.map((e: { detail: object }) => e.detail).at(-1)).toEqual({
      forgotten: 2,
      count: 3,
      days: 10,
    })
  })

  test('blobs must be base64', async () => {
    const { files } = snapshotOf(X86)
    const response = await send({ boot_id: 'b', files: { ...files, fdt: 'not base64!' } })
    expect(response.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(['/files/fdt'])
  })
})
