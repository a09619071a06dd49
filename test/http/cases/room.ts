import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PinRoom, RoomPoint } from '../../../src/wire/room.ts'
import { startApi, type Api } from '../api.ts'
import {
  createEntry,
  createKey,
  createPlan,
  enroll,
  plannedHost,
  post,
  snapshotOf,
  X86,
} from '../fixtures.ts'

/** 6b000000-7affffff : Crash kernel */
const RESERVATION_END = 0x7b000000

describe('room', () => {
  let api: Api
  let viewer: string
  beforeAll(async () => {
    api = await startApi()
    viewer = await createKey(api, 'viewer')
  })
  afterAll(() => api.close())

  const get = (host: string, query = '') =>
    api.call({ method: 'get', path: `/v1/hosts/${host}/room${query}`, as: viewer })

  test('a point for each snapshot, oldest first, and no more than asked for', async () => {
    const { host, snapshot } = await plannedHost(api)
    const cut = `${snapshotOf(X86).files['iomem']}`.replace(/^100000000-\w+ : System RAM\n( .*\n)*/m, '')
    const second = await post(api, host, snapshotOf(X86, 'boot-2', { iomem: cut }))
    const { status, body } = await get(host.id)
    const points = body.points as RoomPoint[]
    expect([status, body.snapshot]).toEqual([200, second.id])
    expect(points.map((p) => [p.snapshot, p.boot_id])).toEqual([
      [snapshot.id, 'boot-1'],
      [second.id, 'boot-2'],
    ])
    for (const { largest, total, holes, fragmentation } of points) {
      expect(largest?.bytes).toBe(Number(largest?.last) - Number(largest?.start) + 1)
      expect(fragmentation).toBeCloseTo(1 - (largest?.bytes ?? 0) / total, 12)
      expect(holes).toBeGreaterThan(1)
    }
    expect(points[1]?.total).toBeLessThan(points[0]?.total ?? 0)
    const last = await get(host.id, '?limit=1')
    expect(last.body.points).toEqual(points.slice(1))
  })

  test('what a pin has left: the segment may grow by it, and not by a page more', async () => {
    const { host } = await plannedHost(api)
    const pins = (await get(host.id)).body.pins as PinRoom[]
    const initrd = pins.find((p) => p.kind === 'initrd')
    const { memsz, free, left } = initrd ?? {}
    if (typeof memsz !== 'number' || typeof free !== 'number' || typeof left !== 'number')
      throw new Error(JSON.stringify(pins))
    expect(left).toBe(free - memsz)
    const verdict = async (bytes: number) => {
      const entry = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: bytes } })
      const body = { selector: { hosts: [host.id] }, boot_entry: entry }
      const answer = await api.call({ method: 'post', path: '/v1/what-if', as: viewer, body })
      return JSON.parse(answer.text.split('\n')[0] ?? '').verdict as string
    }
    expect([await verdict(memsz + left), await verdict(memsz + left + 1)]).toEqual(['fits', 'moves'])
  })

  test('a pin that no plan had, and one that does not hold, have nothing left', async () => {
    const { host } = await plannedHost(api)
    const set = (kind: string, mem: string) =>
      api.call({
        method: 'put',
        path: `/v1/hosts/${host.id}/pins/reboot/${kind}`,
        as: api.admin,
        body: { mem, room: 4096, reason: 'test' },
        headers: { 'if-match': '*' },
      })
    await set('dtb', '0x2000000')
    await set('kernel', '0x7000000000')
    const pins = (await get(host.id)).body.pins as PinRoom[]
    expect(pins.find((p) => p.kind === 'dtb')).toMatchObject({ memsz: null, left: null })
    expect(pins.find((p) => p.kind === 'kernel')).toMatchObject({ free: null, left: null })
  })

  test("a crash kernel's pins are measured in its reservation", async () => {
    const { host, entry } = await plannedHost(api)
    await createPlan(api, host, { boot_entry: entry, purpose: 'crash' })
    const pins = ((await get(host.id)).body.pins as PinRoom[]).filter((p) => p.purpose === 'crash')
    expect(pins.map((p) => p.kind)).toContain('elfcorehdr')
    for (const { mem, memsz, free, left } of pins) {
      expect(Number(mem) + (free ?? 0)).toBeLessThanOrEqual(RESERVATION_END)
      expect(left).toBe((free ?? 0) - (memsz ?? 0))
    }
    expect(Math.max(...pins.map((p) => Number(p.mem) + (p.free ?? 0)))).toBe(RESERVATION_END)
  })

  test('a host that has posted nothing 409, a limit out of bounds 400', async () => {
    const host = await enroll(api)
    expect([(await get(host.id)).body.code, (await get(host.id, '?limit=0')).status]).toEqual([
      'no-snapshot',
      400,
    ])
  })
})
