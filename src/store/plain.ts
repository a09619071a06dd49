import { columnsOf, type ColumnType } from './columns.ts'
import type { Db } from './db.ts'
import type { Sql, SqlValue } from './sql.ts'

/** What rows must have: a value, one of several, or none (null). */
export type Where<Row> = { readonly [C in keyof Row]?: Row[C] | readonly Row[C][] }

interface Order<Row> {
  readonly by: keyof Row & string
  readonly desc?: boolean
  readonly limit?: number
}

/** One table by plain statements, each of which is sent as it stands. Rows are what Prisma would make of them. */
export interface Plain<Row extends object> {
  /** All of them, in the order in which rows are read. */
  readonly columns: readonly (keyof Row & string)[]
  find<C extends keyof Row & string>(
    where: Where<Row>,
    given?: { readonly columns?: readonly C[]; readonly order?: Order<Row> },
  ): Promise<Pick<Row, C>[]>
  one<C extends keyof Row & string>(where: Where<Row>, columns?: readonly C[]): Promise<Pick<Row, C> | null>
  /** All in one statement; each row has the columns of the first. */
  insert(...rows: readonly Partial<Row>[]): Promise<void>
  /** How many were changed. */
  change(where: Where<Row>, change: Partial<Row>): Promise<number>
  /** Those that were changed, as they are now; without anything to change, as they are. */
  changed(where: Where<Row>, change: Partial<Row>): Promise<Row[]>
  remove(where: Where<Row>): Promise<number>
  /** Rows that a statement by hand has answered, of these columns in this order. */
  read<C extends keyof Row & string>(
    answer: readonly (readonly unknown[])[],
    columns?: readonly C[],
  ): Pick<Row, C>[]
}

/** `name`: of the model. */
export function plain<Row extends object>(db: Db, sql: Sql, name: string): Plain<Row> {
  type Name = keyof Row & string
  const types = columnsOf(db, name)
  const all = [...types.keys()] as Name[]

  function read<C extends Name>(answer: readonly (readonly unknown[])[], columns?: readonly C[]) {
    const names = columns ?? (all as unknown as readonly C[])
    return answer.map((values) => {
      const row: Record<string, SqlValue> = {}
      names.forEach((column, i) => (row[column] = valueOf(types.get(column), values[i])))
      return row as unknown as Pick<Row, C>
    })
  }

  async function find<C extends Name>(
    where: Where<Row>,
    { columns, order }: { readonly columns?: readonly C[]; readonly order?: Order<Row> } = {},
  ) {
    const values: SqlValue[] = []
    const what = quoted(columns ?? all)
    const rest = order ? ` ORDER BY "${order.by}"${order.desc ? ' DESC' : ''}${limitOf(order.limit)}` : ''
    const text = `SELECT ${what} FROM "${name}"${conditions(where, values)}${rest}`
    return read(await sql.rows(text, values), columns)
  }

  function update(where: Where<Row>, change: Partial<Row>, values: SqlValue[]): string {
    const set = given(change).map(([column, value]) => `"${column}" = ${placed(values, value)}`)
    return `UPDATE "${name}" SET ${set.join(', ')}${conditions(where, values)}`
  }

  return {
    columns: all,
    read,
    find,
    one: async (where, columns) => (await find(where, columns ? { columns } : {}))[0] ?? null,
    insert: async (...rows) => {
      const [first] = rows
      if (!first) return
      const columns = given(first).map(([column]) => column as Name)
      const values: SqlValue[] = []
      const tuples = rows.map((row) => {
        const places = columns.map((column) => placed(values, (row[column] ?? null) as SqlValue))
        return `(${places.join(', ')})`
      })
      await sql.run(`INSERT INTO "${name}" (${quoted(columns)}) VALUES ${tuples.join(', ')}`, values)
    },
    change: async (where, change) => {
      const values: SqlValue[] = []
      return given(change).length === 0 ? 0 : sql.run(update(where, change, values), values)
    },
    changed: async (where, change) => {
      if (given(change).length === 0) return (await find(where)) as Row[]
      const values: SqlValue[] = []
      return read(
        await sql.rows(`${update(where, change, values)} RETURNING ${quoted(all)}`, values),
      ) as Row[]
    },
    remove: (where) => {
      const values: SqlValue[] = []
      return sql.run(`DELETE FROM "${name}"${conditions(where, values)}`, values)
    },
  }
}

/** Columns as a statement names them; `of`: a table's name in it. */
export function quoted(columns: readonly string[], of?: string): string {
  const before = of === undefined ? '' : `"${of}".`
  return columns.map((column) => `${before}"${column}"`).join(', ')
}

function given<Row extends object>(row: Partial<Row>): [string, SqlValue][] {
  return Object.entries(row).filter(([, value]) => value !== undefined) as [string, SqlValue][]
}

function conditions(where: object, values: SqlValue[]): string {
  const all = Object.entries(where).map(([column, wanted]: [string, SqlValue | readonly SqlValue[]]) => {
    if (wanted === undefined) throw new Error(`nothing is said of ${column}`)
    if (wanted === null) return `"${column}" IS NULL`
    if (!Array.isArray(wanted)) return `"${column}" = ${placed(values, wanted as SqlValue)}`
    if (wanted.length === 0) return '1 = 0'
    return `"${column}" IN (${listed(values, wanted as readonly SqlValue[])})`
  })
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`
}

function limitOf(limit: number | undefined): string {
  return limit === undefined ? '' : ` LIMIT ${Math.trunc(limit)}`
}

/** The places of values in the text, as a list has them. */
export function listed(values: SqlValue[], list: readonly SqlValue[]): string {
  return list.map((value) => placed(values, value)).join(', ')
}

/** The place of a value in the text. */
function placed(values: SqlValue[], value: SqlValue): string {
  return `$${values.push(value)}`
}

/** SQLite has no truth of its own. */
export function isTrue(told: unknown): boolean {
  return told === true || Number(told) === 1
}

/** What Prisma makes of what an engine's adapter answers: integers may come as text, times do, and so does truth from SQLite. */
function valueOf(type: ColumnType | undefined, told: unknown): SqlValue {
  if (told === null || told === undefined) return null
  switch (type) {
    case 'Int':
    case 'Float':
      return Number(told)
    case 'BigInt':
      return BigInt(told as string)
    case 'Boolean':
      return isTrue(told)
    case 'DateTime':
      return new Date(told as string)
    case 'Bytes':
      return Uint8Array.from(told as Uint8Array)
    default:
      return told as string
  }
}
