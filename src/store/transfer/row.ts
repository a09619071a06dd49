import type { Line } from './lines.ts'
import { shown, StreamRefused } from './refused.ts'
import type { Row, Table, Value } from './tables.ts'
import { expectedOf, toldOf, valueOf } from './value.ts'

/** A row as a line. Errors: throws where a value has no form in a stream. */
export function rowLine({ name, columns }: Table, row: Row): string {
  const told = columns.map((column) => {
    try {
      return [column.name, toldOf(column.type, row[column.name] ?? null)]
    } catch (error) {
      throw new Error(`${name}.${column.name}: ${(error as Error).message}`, { cause: error })
    }
  })
  return `${JSON.stringify({ table: name, row: Object.fromEntries(told) })}\n`
}

/** The table that a line speaks of, and what it says. Errors: `StreamRefused` where it is no row. */
export function saidIn(json: unknown, { number }: Line): { table: string; row: Record<string, unknown> } {
  const { table, row, ...more } = (typeof json === 'object' && json !== null ? json : {}) as Record<
    string,
    unknown
  >
  const isRow = typeof table === 'string' && typeof row === 'object' && row !== null && !Array.isArray(row)
  if (!isRow || Object.keys(more).length > 0)
    throw new StreamRefused(number, 'a row, as {"table": …, "row": {…}}', shown(json))
  return { table, row: row as Record<string, unknown> }
}

/** Errors: `StreamRefused` where a column is missing, unknown, or holds what is not of its type. */
export function rowIn(
  { name, columns }: Table,
  said: Record<string, unknown>,
  { number, holdsNul }: { readonly number: number; readonly holdsNul: boolean },
): Row {
  const unknown = Object.keys(said).find((key) => columns.every((column) => column.name !== key))
  if (unknown !== undefined)
    throw new StreamRefused(number, `columns of ${name}`, `an unknown column ${shown(unknown)}`)
  const row: Record<string, Value> = {}
  for (const { name: column, type, isNullable } of columns) {
    const told = said[column]
    const value = told === null && isNullable ? null : valueOf(type, told)
    if (value === undefined)
      throw new StreamRefused(number, `${name}.${column} to be ${expectedOf(type, isNullable)}`, shown(told))
    if (!holdsNul && typeof value === 'string' && value.includes('\0'))
      throw new StreamRefused(number, `${name}.${column} without U+0000`, 'one, which PostgreSQL cannot keep')
    row[column] = value
  }
  return row
}

/** Below 0 where a row comes before another by its key, as both engines sort: text by its bytes. */
export function byKey({ key }: Table, a: Row, b: Row): number {
  for (const column of key) {
    const order = compared(a[column] as string | number, b[column] as string | number)
    if (order !== 0) return order
  }
  return 0
}

function compared(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

/** What follows a row by the key of its table, as Prisma is asked for it. */
export function behind({ key }: Table, row: Row): object {
  const [first = '', ...others] = key
  if (others.length === 0) return { [first]: { gt: row[first] } }
  // The first alone lets the index be used.
  const steps = key.map((column, i) => ({
    ...Object.fromEntries(key.slice(0, i).map((one) => [one, row[one]])),
    [column]: { gt: row[column] },
  }))
  return { AND: [{ [first]: { gte: row[first] } }, { OR: steps }] }
}
