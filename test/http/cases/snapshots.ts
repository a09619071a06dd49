import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

  test('a plan can come with it, and when there is none nothing is kept', async () => {
    const own = await enroll(api)
    const entry = await createEntry(api)
    const planned = await send(snapshotOf(X86), own, `?plan=${entry}`)
    expect(planned.body.plan).toMatchObject({ snapshot: planned.body.id, boot_entry: entry, host: own.id })
    const other = await enroll(api)
    const huge = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: 2 ** 33 } })
    const refused = await send(snapshotOf(X86), other, `?plan=${huge}`)
    expect(refused.status).toBe(422)
    expect(await list(other)).toEqual([])
    expect((await send(snapshotOf(X86), other, `?plan=boot_${'0'.repeat(26)}`)).status).toBe(404)
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
    expect(text.text).toContain('resources\n')
    expect(text.text).toContain(`  0x100000000-0x17fffffff ${0x80000000}\n`)
    expect([text.headers['vary'], text.headers['etag'] === json.headers['etag']]).toEqual(['accept', false])
    const any = await api.call({ ...map, headers: { accept: '*/*' } })
    expect(any.headers['content-type']).toMatch(/json/)
  })

  test('blobs must be base64', async () => {
    const { files } = snapshotOf(X86)
    const response = await send({ boot_id: 'b', files: { ...files, fdt: 'not base64!' } })
    expect(response.body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(['/files/fdt'])
  })
})
