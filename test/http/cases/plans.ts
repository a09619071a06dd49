import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planLoad, planText, readSnapshot, type CaptureFiles } from '../../../src/planner/index.ts'
import { sha256 } from '../../../src/http/sha256.ts'
import { hostFile, loadCapture } from '../../capture.ts'
import { startApi, type Api } from '../api.ts'
import {
  ARM64,
  createEntry,
  createPlan,
  enroll,
  entryOf,
  plannedHost,
  post,
  snapshotOf,
  X86,
} from '../fixtures.ts'

const SMALL = 'x86_64-seabios-512m'
const HALF = { initrd: { sha256: 'ab'.repeat(32), size: 240 * 2 ** 20 } }
const NO_MEMBLOCK = { 'memblock-memory': undefined, 'memblock-reserved': undefined }

describe('boot entries and plans', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const create = (host: string, body: object, query = '') =>
    api.call({ method: 'post', path: `/v1/hosts/${host}/plans${query}`, as: api.admin, body })
  const get = (path: string, headers = {}) => api.call({ method: 'get', path, as: api.admin, headers })

  test.each<[why: string, header: Buffer, architecture: 'arm64' | 'x86_64', code: string]>([
    ['no kernel', Buffer.alloc(4096, 'x'), 'x86_64', 'kernel-unknown'],
    ['gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(4093)]), 'arm64', 'kernel-compressed'],
    [
      'of the other architecture',
      hostFile(ARM64, 'kernel-header.bin') ?? Buffer.alloc(0),
      'x86_64',
      'kernel-other-arch',
    ],
    ['too short', Buffer.alloc(16), 'arm64', 'kernel-too-short'],
    ['32-bit', spoilt(0x236, 0), 'x86_64', 'kernel-32-bit'],
    ['of an old boot protocol', spoilt(0x206, 0x20b), 'x86_64', 'kernel-not-loadable'],
  ])('an image that is %s is refused', async (_why, header, architecture, code) => {
    const size = header.length < 4096 ? header.length : 8_000_000
    const body = entryOf(X86, {
      architecture,
      linux: { sha256: 'ab'.repeat(32), size, header: header.toString('base64') },
    })
    const response = await api.call({ method: 'post', path: '/v1/boot-entries', as: api.admin, body })
    expect([response.status, response.body.code]).toEqual([422, code])
    expect(response.body.expected).not.toBe('')
  })

  test('a header that is not the first 4 KiB is 400', async () => {
    const body = entryOf(X86)
    const linux = { ...body.linux, header: Buffer.alloc(4095).toString('base64') }
    const response = await api.call({
      method: 'post',
      path: '/v1/boot-entries',
      as: api.admin,
      body: { ...body, linux },
    })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, '/linux/header'])
  })

  test.each([X86, ARM64])('online and offline the plan of %s has the same bytes', async (capture) => {
    const host = await enroll(api, { arch: capture === X86 ? 'x86_64' : 'arm64' })
    await post(api, host, snapshotOf(capture))
    const entry = await createEntry(api, capture)
    const id = await createPlan(api, host, { boot_entry: entry })
    const { text, body } = await get(`/v1/plans/${id}`)
    const offline = planText(offlinePlan(capture, { ...loadCapture(capture), 'boot-id': 'boot-1' }))
    expect(text.endsWith(`"body":${offline}}`)).toBe(true)
    expect(body.digest).toBe(sha256(offline))
    const list = await get(`/v1/hosts/${host.id}/plans`)
    expect(list.text).toContain(offline)
    const golden = await get(`/v1/plans/${id}`, { accept: 'text/plain' })
    expect(golden.headers['content-type']).toMatch(/^text\/plain/)
    expect(golden.text).toContain(body.body.segments[0].mem)
  })

  test('the same request twice gives the same plan under another id, and moves no pin', async () => {
    const { host, entry, plan } = await plannedHost(api)
    const pins = await get(`/v1/hosts/${host.id}/pins`)
    const second = await create(host.id, { boot_entry: entry })
    const first = await get(`/v1/plans/${plan}`)
    const places = (body: { segments: { mem: string }[] }) => body.segments.map((s) => s.mem)
    expect(places(second.body.body)).toEqual(places(first.body.body))
    expect((await get(`/v1/hosts/${host.id}/pins`)).text).toBe(pins.text)
    expect(second.headers['location']).toBe(`/v1/plans/${second.body.id}`)
  })

  test('a dry run stores nothing', async () => {
    const host = await enroll(api)
    await post(api, host, snapshotOf(X86))
    const entry = await createEntry(api)
    const dry = await create(host.id, { boot_entry: entry }, '?dry_run=true')
    expect(dry.status).toBe(200)
    expect((await get(`/v1/hosts/${host.id}/plans`)).body.items).toEqual([])
    expect((await get(`/v1/hosts/${host.id}/pins`)).body.items).toEqual([])
    expect((await create(host.id, { boot_entry: entry })).body.digest).toBe(dry.body.digest)
  })

  test('two plans at once for one host leave one pin set', async () => {
    const host = await enroll(api)
    await post(api, host, snapshotOf(X86))
    const entry = await createEntry(api)
    const both = await Promise.all([
      create(host.id, { boot_entry: entry }),
      create(host.id, { boot_entry: entry }),
    ])
    const [a, b] = both.map(({ body }) => body.body.segments.map((s: { mem: string }) => s.mem))
    expect(a).toEqual(b)
    const pins = (await get(`/v1/hosts/${host.id}/pins`)).body
    expect(pins.items.map((p: { mem: string }) => p.mem).sort()).toEqual([...a].sort())
    expect(pins.generation).toBe(1)
  })

  test.each<[why: string, make: () => Promise<{ host: string; body: object }>, status: number, code: string]>(
    [
      [
        'a host that has posted nothing',
        async () => ({ host: (await enroll(api)).id, body: { boot_entry: await createEntry(api) } }),
        409,
        'no-snapshot',
      ],
      [
        'an initrd beyond what fits',
        () => planned({ initrd: { sha256: 'ab'.repeat(32), size: 3 * 2 ** 30 } }),
        422,
        'no-hole',
      ],
      [
        'an initrd beyond what a loader reads',
        () => planned({ initrd: { sha256: 'ab'.repeat(32), size: 2 ** 33 } }),
        422,
        'initrd-too-large',
      ],
      ['an entry of another architecture', () => planned({}, ARM64), 422, 'arch-mismatch'],
      ['a command line too long', () => planned({ options: 'x'.repeat(4000) }), 422, 'cmdline-too-long'],
      [
        'a crash kernel without memory for it',
        () => planned({}, X86, { purpose: 'crash' }, SMALL),
        422,
        'no-crashkernel',
      ],
      ['segments over half of RAM', () => planned(HALF, SMALL, {}, SMALL), 422, 'over-half-of-ram'],
      ['an arm64 host without its device tree', () => bare({ fdt: undefined }), 422, 'fdt-missing'],
      ['an arm64 host without memblock', () => bare(NO_MEMBLOCK, 'kexec_file'), 422, 'memblock-missing'],
      [
        'a snapshot that is not its own',
        () => planned({}, X86, { snapshot: `snap_${'0'.repeat(26)}` }),
        404,
        'not-found',
      ],
      [
        'an entry that is not there',
        () => planned({}, X86, { boot_entry: `boot_${'0'.repeat(26)}` }),
        404,
        'not-found',
      ],
    ],
  )('%s gets no plan', async (_why, make, status, code) => {
    const { host, body } = await make()
    const response = await create(host, body)
    expect([response.status, response.body.code]).toEqual([status, code])
    if (code === 'no-hole') expect(response.body.refusals.length).toBeGreaterThan(0)
    const plans = (await get(`/v1/hosts/${host}/plans`)).body.items
    expect(plans).toEqual([])
  })

  async function planned(change: Parameters<typeof entryOf>[1], capture = X86, request = {}, of = X86) {
    const host = await enroll(api)
    await post(api, host, snapshotOf(of))
    return { host: host.id, body: { boot_entry: await createEntry(api, capture, change), ...request } }
  }

  async function bare(without: Record<string, undefined>, strategy = 'pinned') {
    const host = await enroll(api, { arch: 'arm64' })
    const { boot_id, files } = snapshotOf(ARM64)
    await post(api, host, { boot_id, files: { ...files, ...without } })
    return { host: host.id, body: { boot_entry: await createEntry(api, ARM64), strategy } }
  }
})

function offlinePlan(capture: string, files: CaptureFiles) {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) throw new Error('unreadable')
  const entry = entryOf(capture)
  const plan = planLoad(
    {
      snapshot: snapshot.value,
      kernel: { head: Uint8Array.from(Buffer.from(entry.linux.header, 'base64')), size: entry.linux.size },
      initrdSize: entry.initrd?.size ?? null,
      cmdline: entry.options,
      purpose: 'reboot',
      strategy: 'pinned',
      pins: [],
      booted: [],
      arch: entry.architecture,
    },
    sha256,
  )
  if (!plan.ok) throw new Error(plan.error.detail)
  return plan.value
}

/** The header with one field of two bytes changed. */
function spoilt(offset: number, value: number): Buffer {
  const header = Buffer.from(hostFile(X86, 'kernel-header.bin') ?? [])
  header.writeUInt16LE(value, offset)
  return header
}
