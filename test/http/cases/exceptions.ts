import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fdtBytes, readFdt } from '../../../src/planner/index.ts'
import { addNode, deleteProperty, setProperty } from '../../../src/planner/read/fdt-edit.ts'
import { loadCapture } from '../../capture.ts'
import { PinDriftList } from '../../../src/wire/diff.ts'
import { startApi, type Api } from '../api.ts'
import {
  ARM64,
  createEntry,
  createPlan,
  enroll,
  entryOf,
  post,
  snapshotOf,
  type EnrolledHost,
} from '../fixtures.ts'

const GIVEN = {
  kind: 'acpi-tables',
  policy: 'POL-7',
  approver: 'kernel-team',
  reason: 'room below the crash kernel',
  expires_at: '2099-01-01T00:00:00.000Z',
}
/** The capture's DSDT, made as long as a server's: whole pages of it from here on. The initrd's pin is put there. */
const TABLES = 0x13c438000
const LONG_DSDT = {
  dmesg: (loadCapture(ARM64).dmesg ?? '').replace(/(DSDT 0x000000013C437518) 00144C/, '$1 005000'),
}
const WITHOUT_ACPI = { options: 'console=ttyAMA0 acpi=off', initrd: { sha256: 'ab'.repeat(32), size: 4096 } }

/** The capture's tree as it would be written for a boot without UEFI. */
function apartFromUefi(): Buffer {
  const fdt = readFdt(loadCapture(ARM64).fdt as Uint8Array)
  if (!fdt.ok) throw new Error('unreadable')
  let tree = fdt.value
  for (const { properties } of tree.root.children.filter((node) => node.name === 'chosen'))
    for (const { name } of properties)
      if (name.startsWith('linux,uefi-')) tree = deleteProperty(tree, '/chosen', name)
  tree = addNode(tree, '/', 'memory@40000000')
  return Buffer.from(fdtBytes(setProperty(tree, '/memory@40000000', 'reg', new Uint8Array(16).fill(1))))
}

describe('exceptions', () => {
  let api: Api
  let host: EnrolledHost
  beforeAll(async () => {
    api = await startApi()
    host = await enroll(api, { arch: 'arm64', group: 'edge' })
    await post(api, host, snapshotOf(ARM64, 'boot-1', LONG_DSDT))
    const pin = { mem: `0x${TABLES.toString(16)}`, room: 4096, reason: 'over the tables' }
    await api.call({
      method: 'put',
      path: `/v1/hosts/${host.id}/pins/reboot/initrd`,
      as: api.admin,
      body: pin,
      headers: { 'if-match': '*' },
    })
  })
  afterAll(() => api.close())

  const create = (change: object = {}) =>
    api.call({
      method: 'post',
      path: '/v1/exceptions',
      as: api.admin,
      body: { ...GIVEN, scope: { host: host.id }, ...change },
    })
  const idOf = async (change: object = {}) => (await create(change)).body.id as string
  const get = (path: string) => api.call({ method: 'get', path, as: api.admin })
  const plan = (body: object, query = '') =>
    api.call({ method: 'post', path: `/v1/hosts/${host.id}/plans${query}`, as: api.admin, body })

  test('a plan uses one, shows it with its evidence, and timeline and audit tell', async () => {
    const exception = await idOf()
    const entry = await createEntry(api, ARM64, WITHOUT_ACPI)
    const made = await plan({ boot_entry: entry, exceptions: [exception] })
    expect(made.status).toBe(201)
    const { kind, policy, approver, reason, expires_at } = GIVEN
    const used = { kind, policy, approver, reason, expires_at, evidence: 'acpi=off on the command line' }
    const at = `0x${TABLES.toString(16)}`
    const ranges = [{ start: at, last: `0x${(TABLES + 0xfff).toString(16)}` }]
    expect(made.body.body.exceptions).toEqual([{ ...used, ranges }])
    expect(made.body.body.segments.find((s: { kind: string }) => s.kind === 'initrd')).toMatchObject({
      mem: at,
      chosen: 'kept-pin',
    })
    expect(made.body.body.warnings.map((w: { code: string }) => w.code)).toContain('over-protected')
    const timeline = (await get(`/v1/hosts/${host.id}/timeline?limit=500`)).body.items
    expect(timeline.map((e: { kind: string }) => e.kind)).toContain('exception-used')
    const audit = (await get('/v1/audit?limit=500')).body.items
    const told = audit.filter((e: { action: string }) => e.action === 'plan.create').at(-1)
    expect(told.detail.exceptions).toHaveLength(1)
  })

  test('a pin over the tables holds as long as the exception of its plan does', async () => {
    const own = await enroll(api, { arch: 'arm64' })
    await post(api, own, snapshotOf(ARM64, 'boot-1', LONG_DSDT))
    const mem = `0x${TABLES.toString(16)}`
    const path = `/v1/hosts/${own.id}/pins/reboot/initrd`
    const pin = { mem, room: 4096, reason: 'over the tables' }
    await api.call({ method: 'put', path, as: api.admin, body: pin, headers: { 'if-match': '*' } })
    const ends = new Date(api.clock.now.getTime() + 60_000)
    const exceptions = [await idOf({ scope: { host: own.id }, expires_at: ends.toISOString() })]
    await createPlan(api, own, { boot_entry: await createEntry(api, ARM64, WITHOUT_ACPI), exceptions })
    const verdict = async () => {
      const { items } = PinDriftList.parse((await get(`/v1/hosts/${own.id}/pins/drift`)).body)
      return items.find((item) => item.kind === 'initrd' && item.mem === mem)?.verdict
    }
    expect(await verdict()).toBe('holds')
    api.clock.now = ends
    expect(await verdict()).toBe('broken')
  })

  test('a plan that does not need it has the bytes of one that does not ask', async () => {
    const exception = await idOf({ scope: { group: 'edge' } })
    const other = await enroll(api, { arch: 'arm64', group: 'edge' })
    await post(api, other, snapshotOf(ARM64))
    const entry = await createEntry(api, ARM64, WITHOUT_ACPI)
    const dry = async (body: object) =>
      (
        await api.call({
          method: 'post',
          path: `/v1/hosts/${other.id}/plans?dry_run=true`,
          as: api.admin,
          body: { boot_entry: entry, ...body },
        })
      ).body.digest
    expect(await dry({ exceptions: [exception] })).toBe(await dry({}))
  })

  test.each<[why: string, change: object, asked: object, entry: object]>([
    ['a boot with ACPI', {}, {}, { options: 'console=ttyAMA0' }],
    ['acpi=off that is meant for init', {}, {}, { options: 'quiet -- acpi=off' }],
    ['acpi=off taken back', {}, {}, { options: 'acpi=off acpi=on' }],
    ['the map, without a tree', { kind: 'uefi-map' }, {}, { options: 'acpi=off' }],
    ['a plan that does not choose', {}, { strategy: 'kexec_file' }, WITHOUT_ACPI],
  ])('%s is refused: exception-without-evidence', async (_why, change, asked, entry) => {
    const exceptions = [await idOf(change)]
    const response = await plan({ boot_entry: await createEntry(api, ARM64, entry), exceptions, ...asked })
    expect([response.status, response.body.code]).toEqual([422, 'exception-without-evidence'])
  })

  test('a device tree without UEFI is evidence for both kinds, and enters the inputs', async () => {
    const data = apartFromUefi()
    const sha256 = createHash('sha256').update(data).digest('hex')
    const devicetree = { sha256, size: data.length, data: data.toString('base64') }
    const change = { options: '', initrd: WITHOUT_ACPI.initrd, devicetree }
    const entry = await createEntry(api, ARM64, change)
    expect((await get(`/v1/boot-entries/${entry}`)).body.devicetree).toEqual(devicetree)
    const exceptions = [await idOf(), await idOf({ kind: 'uefi-map' })]
    const made = await plan({ boot_entry: entry, exceptions }, '?dry_run=true')
    expect(made.status).toBe(200)
    expect(made.body.body.exceptions[0].evidence).toContain('no RSDP')
    expect(made.body.body.inputs.devicetree_digest).toBe(sha256)
  })

  test.each<[why: string, change: object, pointer: string]>([
    ['of another digest', { sha256: 'ab'.repeat(32) }, '/devicetree/sha256'],
    ['of another size', { size: 5 }, '/devicetree/data'],
    ['that is no tree', {}, '/devicetree/data'],
  ])('a device tree %s is 400', async (_why, change, pointer) => {
    const data = Buffer.from('none')
    const sha256 = createHash('sha256').update(data).digest('hex')
    const devicetree = { sha256, size: 4, data: data.toString('base64'), ...change }
    const body = entryOf(ARM64, { devicetree })
    const response = await api.call({ method: 'post', path: '/v1/boot-entries', as: api.admin, body })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
  })

  test('what has ended is refused: when planning, and when assigning what was planned before', async () => {
    const before = api.clock.now
    const soon = new Date(before.getTime() + 60_000)
    const exceptions = [await idOf({ expires_at: soon.toISOString() })]
    const entry = await createEntry(api, ARM64, WITHOUT_ACPI)
    const made = await plan({ boot_entry: entry, exceptions })
    expect(made.status).toBe(201)
    api.clock.now = soon
    const late = await plan({ boot_entry: entry, exceptions })
    expect([late.status, late.body.code]).toEqual([422, 'exception-expired'])
    const path = `/v1/plans/${made.body.id}/assign`
    const assigned = await api.call({ method: 'post', path, as: api.admin })
    expect([assigned.status, assigned.body.code]).toEqual([422, 'exception-expired'])
    api.clock.now = before
  })

  test('of another host is as if it were not there', async () => {
    const other = await enroll(api, { arch: 'arm64' })
    const exceptions = [await idOf({ scope: { host: other.id } })]
    const response = await plan({ boot_entry: await createEntry(api, ARM64, WITHOUT_ACPI), exceptions })
    expect([response.status, response.body.code]).toEqual([404, 'not-found'])
  })

  test('for a host that is not there is 404', async () => {
    const response = await create({ scope: { host: `host_${'0'.repeat(26)}` } })
    expect([response.status, response.body.code]).toEqual([404, 'not-found'])
  })

  test('are listed by host and group, and can be taken back', async () => {
    const id = await idOf({ scope: { group: 'lab' } })
    const listed = await get('/v1/exceptions?group=lab')
    expect(listed.body.items.map((e: { id: string }) => e.id)).toEqual([id])
    expect((await get(`/v1/exceptions?host=${host.id}`)).body.items.length).toBeGreaterThan(0)
    const path = `/v1/exceptions/${id}`
    expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
    expect((await get(path)).status).toBe(404)
  })

  test.each<[why: string, change: object, pointer: string]>([
    ['without who answers for it', { approver: undefined }, '/approver'],
    ['with nobody to answer for it', { approver: '' }, '/approver'],
    ['without a reason', { reason: undefined }, '/reason'],
    ['without a policy', { policy: undefined }, '/policy'],
    ['that has ended', { expires_at: '2020-01-01T00:00:00.000Z' }, '/expires_at'],
    ['of no kind', { kind: 'everything' }, '/kind'],
    ['for all', { scope: {} }, '/scope'],
  ])('one %s is 400', async (_why, change, pointer) => {
    const response = await create(change)
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, pointer])
  })
})
