import { columnType, modelsOf, type ColumnType } from '../columns.ts'
import type { Db } from '../db.ts'

export type { ColumnType }

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly isNullable: boolean
}

/** One table, as the model has it and as the engine keeps it. */
export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  /** The columns of its primary key, in their order: rows travel in the order of these. */
  readonly key: readonly string[]
  readonly rows: TableRows
}

export type Value = string | number | bigint | boolean | Date | Uint8Array | null
export type Row = Readonly<Record<string, Value>>

/** What is asked of any table through Prisma, whichever it is. */
export interface TableRows {
  count(): Promise<number>
  findMany(asked: { where: object; orderBy: object[]; take: number }): Promise<Row[]>
  createMany(asked: { data: readonly Row[] }): Promise<{ readonly count: number }>
}

/** A column as its engine has it: `place` is its place in the primary key, or 0. */
export interface StoredColumn {
  readonly name: string
  readonly isNullable: boolean
  readonly place: number
}

/**
 * Every table of the data model that Prisma's client was made from, in the order of the schema: whoever refers to another comes
 * after it. Nothing here knows a table or a column by name, so none can be forgotten.
 *
 * Errors: throws where a column has a type that has no form in a stream yet.
 */
export function tablesOf(
  db: Db,
  stored: (table: string) => Promise<readonly StoredColumn[]>,
): Promise<readonly Table[]> {
  return Promise.all(
    Object.entries(modelsOf(db)).map(async ([name, { fields }]) => {
      const kept = await stored(name)
      const rows = (db as unknown as Record<string, TableRows>)[name[0]?.toLowerCase() + name.slice(1)]
      if (!rows) throw new Error(`Prisma's client has nothing for the table ${name}`)
      const columns = fields
        .filter(({ kind }) => kind !== 'object')
        .map((field) => columnOf(name, field, kept))
      const key = kept.filter(({ place }) => place > 0).sort((a, b) => a.place - b.place)
      return { name, columns, key: key.map((column) => column.name), rows }
    }),
  )
}

function columnOf(
  table: string,
  { name, type }: { readonly name: string; readonly type: string },
  kept: readonly StoredColumn[],
): Column {
  const known = columnType(table, name, type)
  const found = kept.find((column) => column.name === name)
  if (!found) throw new Error(`the database has no column ${table}.${name}`)
  return { name, type: known, isNullable: found.isNullable }
}
