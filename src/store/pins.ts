import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Pin as PinRow, PinChange as PinChangeRow } from './generated/sqlite/client.ts'

export type Pin = Omit<PinRow, 'room'> & { readonly room: number }
export type PinChange = Omit<PinChangeRow, 'room'> & { readonly room: number | null }
export type PinRows = ReturnType<typeof pinRows>

/** A host's pins as they stand, and every change that was ever made to them. */
export function pinRows(db: Db) {
  return {
    of: async (hostId: string): Promise<Pin[]> =>
      (await db.pin.findMany({ where: { hostId }, orderBy: [{ purpose: 'asc' }, { kind: 'asc' }] })).map(
        read,
      ),

    set: async (pin: Pin) => {
      const row = { ...pin, room: BigInt(pin.room) }
      const { hostId, purpose, kind } = pin
      await db.pin.upsert({
        where: { hostId_purpose_kind: { hostId, purpose, kind } },
        create: row,
        update: row,
      })
    },

    /** Those that the host has none of yet. */
    add: async (pins: readonly Pin[]) => {
      if (pins.length === 0) return
      await db.pin.createMany({ data: pins.map((pin) => ({ ...pin, room: BigInt(pin.room) })) })
    },

    forget: async ({ hostId, purpose, kind }: Pick<Pin, 'hostId' | 'purpose' | 'kind'>) => {
      await db.pin.deleteMany({ where: { hostId, purpose, kind } })
    },

    record: async (changes: readonly PinChange[]) => {
      const data = changes.map((change) => ({
        ...change,
        room: change.room === null ? null : BigInt(change.room),
      }))
      await db.pinChange.createMany({ data })
    },

    history: async (hostId: string, page: PageOf): Promise<PinChange[]> =>
      (await db.pinChange.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page) })).map(
        (row) => ({
          ...row,
          room: row.room === null ? null : Number(row.room),
        }),
      ),
  }
}

function read(row: PinRow): Pin {
  return { ...row, room: Number(row.room) }
}
