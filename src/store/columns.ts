import type { Db } from './db.ts'

const TYPES = ['String', 'Int', 'BigInt', 'Float', 'Boolean', 'DateTime', 'Bytes'] as const
export type ColumnType = (typeof TYPES)[number]

interface Model {
  readonly fields: readonly { readonly name: string; readonly kind: string; readonly type: string }[]
}

/** The data model that Prisma's client was made from: the tables, in the order of the schema. */
export function modelsOf(db: Db): Readonly<Record<string, Model>> {
  return (db as unknown as { _runtimeDataModel: { models: Record<string, Model> } })._runtimeDataModel.models
}

/** Both engines have the same tables, so what was read once holds for every client. */
const known = new Map<string, ReadonlyMap<string, ColumnType>>()

/** A table's columns in the order of the schema. Errors: throws where there is no such table. */
export function columnsOf(db: Db, table: string): ReadonlyMap<string, ColumnType> {
  const before = known.get(table)
  if (before) return before
  const model = modelsOf(db)[table]
  if (!model) throw new Error(`there is no table ${table}`)
  const columns = new Map(
    model.fields
      .filter(({ kind }) => kind !== 'object')
      .map(({ name, type }) => [name, columnType(table, name, type)]),
  )
  known.set(table, columns)
  return columns
}

/** Errors: throws where nothing here knows what to make of such a column. */
export function columnType(table: string, name: string, type: string): ColumnType {
  const known = TYPES.find((one) => one === type)
  if (known === undefined) throw new Error(`${table}.${name} is a ${type}, which nothing here can read`)
  return known
}
