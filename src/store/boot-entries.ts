import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { BootEntry as BootEntryRow } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type BootEntry = Omit<BootEntryRow, 'linuxSize' | 'initrdSize'> & {
  readonly linuxSize: number
  readonly initrdSize: number | null
}
export type BootEntryRows = ReturnType<typeof bootEntryRows>

export function bootEntryRows(db: Db, sql: Sql) {
  const table = plain<BootEntryRow>(db, sql, 'BootEntry')
  return {
    insert: async (entry: BootEntry) =>
      read(
        await db.bootEntry.create({
          data: {
            ...entry,
            linuxHeader: Uint8Array.from(entry.linuxHeader),
            devicetree: entry.devicetree && Uint8Array.from(entry.devicetree),
            linuxSize: BigInt(entry.linuxSize),
            initrdSize: entry.initrdSize === null ? null : BigInt(entry.initrdSize),
          },
        }),
      ),

    get: async (id: string) => {
      const row = await table.one({ id })
      return row && read(row)
    },

    list: async (page: PageOf, filter: { architecture?: string }) =>
      (await db.bootEntry.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) })).map(read),
  }
}

function read(row: BootEntryRow): BootEntry {
  return {
    ...row,
    linuxSize: Number(row.linuxSize),
    initrdSize: row.initrdSize === null ? null : Number(row.initrdSize),
  }
}
