import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Pin as PinRow, PinChange as PinChangeRow } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type Pin = Omit<PinRow, 'room'> & { readonly room: number }
export type PinChange = Omit<PinChangeRow, 'room'> & { readonly room: number | null }
export type PinRows = ReturnType<typeof pinRows>

/** A host's pins as they stand, and every change that was ever made to them. */
export function pinRows(db: Db, sql: Sql) {
  const table = plain<PinRow>(db, sql, 'Pin')
  const changes = plain<PinChangeRow>(db, sql, 'PinChange')
  return {
    of: async (hostId: string): Promise<Pin[]> => (await table.find({ hostId })).map(read).sort(byPlace),

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
      await table.insert(...pins.map((pin) => ({ ...pin, room: BigInt(pin.room) })))
    },

    forget: async ({ hostId, purpose, kind }: Pick<Pin, 'hostId' | 'purpose' | 'kind'>) => {
      await db.pin.deleteMany({ where: { hostId, purpose, kind } })
    },

    record: async (made: readonly PinChange[]) => {
      await changes.insert(
        ...made.map((one) => ({ ...one, room: one.room === null ? null : BigInt(one.room) })),
      )
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

/** As the database sorts text: by its bytes, and these are ASCII. */
export function byPlace(a: Pick<Pin, 'purpose' | 'kind'>, b: Pick<Pin, 'purpose' | 'kind'>): number {
  const [one, other] = [`${a.purpose} ${a.kind}`, `${b.purpose} ${b.kind}`]
  return one < other ? -1 : Number(one > other)
}

function read(row: PinRow): Pin {
  return { ...row, room: Number(row.room) }
}
