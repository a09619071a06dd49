import type { Db } from './db.ts'
import type { GroupPin as GroupPinRow } from './generated/sqlite/client.ts'

export type GroupPin = Omit<GroupPinRow, 'room'> & { readonly room: number }
export type GroupPinRows = ReturnType<typeof groupPinRows>

/** One place for a segment on every host of a group. */
export function groupPinRows(db: Db) {
  return {
    of: async (group: string): Promise<GroupPin[]> =>
      (
        await db.groupPin.findMany({
          where: { group },
          orderBy: [{ purpose: 'asc' }, { kind: 'asc' }],
        })
      ).map((row) => ({ ...row, room: Number(row.room) })),

    set: async (pin: GroupPin) => {
      const row = { ...pin, room: BigInt(pin.room) }
      const { group, purpose, kind } = pin
      await db.groupPin.upsert({
        where: { group_purpose_kind: { group, purpose, kind } },
        create: row,
        update: row,
      })
    },

    forget: async ({ group, purpose, kind }: Pick<GroupPin, 'group' | 'purpose' | 'kind'>) => {
      await db.groupPin.deleteMany({ where: { group, purpose, kind } })
    },
  }
}
