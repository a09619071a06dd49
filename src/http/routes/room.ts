import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { crashArea } from '../../planner/kdump/crash-area.ts'
import { hex, memoryMap, roomFrom, roomOf, sizeOf, type Pin, type Range } from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot } from '../../store/snapshots.ts'
import { HostParams } from '../../wire/host.ts'
import { HostRoom, RoomQuery, type PinRoom, type RoomPoint } from '../../wire/room.ts'
import { access, answers } from '../contract.ts'
import { notFound, RequestFailed } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { storedGround } from '../snapshots/stored-ground.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import { sizesOf } from '../pins/pin-drift.ts'

const reader = access('viewer-or-host')

/** Room: how much free memory a host has in one piece, boot after boot, and how much its pins have left. */
export const room: FastifyPluginAsyncZod<Pick<Shell, 'store'>> = async (app, { store }) => {
  app.get('/hosts/:hostId/room', {
    config: reader.config,
    schema: {
      operationId: 'getRoom',
      summary:
        'Free memory and its fragmentation over the stored snapshots, and the room that each pin has left',
      tags: ['pins'],
      security: reader.security,
      params: HostParams,
      querystring: RoomQuery,
      response: answers('viewer-or-host', { 200: HostRoom }, ['not-found', 'no-snapshot']),
    },
    handler: async ({ params: { hostId }, query: { limit } }) => {
      if (!(await store.hosts.get(hostId))) throw notFound('host')
      const newest = await store.snapshots.newest(hostId)
      if (!newest)
        throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
      const points = await pointsOf(store, hostId, limit)
      return { host: hostId, snapshot: newest.id, points, pins: await pinRooms(store, newest) }
    },
  })
}

/** Of the newest snapshots, oldest first. */
async function pointsOf(rows: Rows, hostId: string, limit: number): Promise<RoomPoint[]> {
  const points: RoomPoint[] = []
  let row = await rows.snapshots.newest(hostId)
  for (; row && points.length < limit; row = await rows.snapshots.newestBefore(row)) {
    const { largest, ...score } = roomOf(await storedGround(rows, row))
    const hole = largest && { start: hex(largest.start), last: hex(largest.last), bytes: sizeOf(largest) }
    const at = row.createdAt.toISOString()
    points.push({ snapshot: row.id, boot_id: row.bootId, at, largest: hole, ...score })
  }
  return points.reverse()
}

async function pinRooms(rows: Rows, newest: Snapshot): Promise<PinRoom[]> {
  const pins = (await rows.pins.of(newest.hostId)) as readonly Pin[]
  const sizes = await sizesOf(rows, newest.hostId)
  const grounds: Record<Pin['purpose'], readonly Range[]> = {
    reboot: await storedGround(rows, newest),
    crash: pins.some((p) => p.purpose === 'crash') ? await reservation(rows, newest) : [],
  }
  return pins.map((pin) => {
    const { purpose, kind, mem, room: kept } = pin
    const memsz = sizes.get(`${purpose} ${kind}`) ?? null
    const free = roomFrom(Number(mem), grounds[purpose], nextPin(pin, pins))
    const holds = free !== null && memsz !== null && free >= memsz
    return { purpose, kind, mem, room: kept, memsz, free, left: holds ? free - memsz : null }
  })
}

/** A crash kernel's pins lie in the highest of its reservations. */
async function reservation(rows: Rows, newest: Snapshot): Promise<readonly Range[]> {
  const area = crashArea(memoryMap(await storedSnapshot(rows, newest)))
  return area ? [area.main] : []
}

function nextPin({ purpose, mem }: Pin, pins: readonly Pin[]): number | null {
  const above = pins.filter((p) => p.purpose === purpose).map((p) => Number(p.mem))
  const next = Math.min(...above.filter((other) => other > Number(mem)))
  return Number.isFinite(next) ? next : null
}
