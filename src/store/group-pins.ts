import type { Db } from './db.ts'
import type { GroupPin as GroupPinRow } from './generated/sqlite/client.ts'
import { byPlace } from './pins.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type GroupPin = Omit<GroupPinRow, 'room'> & { readonly room: number }
export type GroupPinRows = ReturnType<typeof groupPinRows>

const MEMBER = { id: true, state: true, pinGeneration: true } as const

/** One place for a segment on every host of a group. */
export function groupPinRows(db: Db, sql: Sql) {
  const table = plain<GroupPinRow>(db, sql, 'GroupPin')
  return {
    of: async (group: string): Promise<GroupPin[]> =>
      (await table.find({ group })).map((row) => ({ ...row, room: Number(row.room) })).sort(byPlace),

    set: async (pin: GroupPin) => {
      const row = { ...pin, room: BigInt(pin.room) }
      const { group, purpose, kind } = pin
      await db.groupPin.upsert({
        where: { group_purpose_kind: { group, purpose, kind } },
        create: row,
        update: row,
      })
    },

    /**
     * What a place in common for a group hangs on, as text: as long as it stays, so does the place.
     *
     * A few queries, however many hosts there are: it is read within a transaction.
     */
    basisOf: async (group: string): Promise<string> => {
      const orderBy = { id: 'asc' } as const
      const parts = [
        await db.groupPin.findMany({ where: { group }, orderBy: [{ purpose: 'asc' }, { kind: 'asc' }] }),
        await db.host.findMany({ where: { group }, orderBy, select: MEMBER }),
        await db.snapshot.groupBy({
          by: ['hostId'],
          where: { host: { group } },
          _max: { seenSeq: true },
          orderBy: { hostId: 'asc' },
        }),
        await db.policy.findMany({
          where: { OR: [{ scope: { in: ['fleet', `group:${group}`] } }, { scope: { startsWith: 'host:' } }] },
          orderBy: { scope: 'asc' },
          select: { scope: true, rules: true },
        }),
        await db.calibration.findMany({
          where: { group },
          orderBy: [{ arch: 'asc' }, { release: 'asc' }],
          select: { arch: true, release: true, rules: true, facts: true },
        }),
      ]
      return JSON.stringify(parts, (_key, v: unknown) => (typeof v === 'bigint' ? String(v) : v))
    },

    forget: async ({ group, purpose, kind }: Pick<GroupPin, 'group' | 'purpose' | 'kind'>) => {
      await db.groupPin.deleteMany({ where: { group, purpose, kind } })
    },
  }
}
