import { z } from 'zod'
import { knownMigrations } from '../migration-files.ts'
import type { Line } from './lines.ts'
import { shown, StreamRefused } from './refused.ts'
import type { Table } from './tables.ts'

export const FORMAT = 1

const TableSaid = z.strictObject({
  name: z.string(),
  rows: z.int().nonnegative(),
  key: z.array(z.string()),
  columns: z.record(z.string(), z.string()),
})
const Header = z.strictObject({
  format: z.literal(FORMAT),
  at: z.iso.datetime(),
  release: z.string(),
  /** The newest migration that the database had. */
  migration: z.string(),
  tables: z.array(TableSaid),
})
const HeaderLine = z.strictObject({ berth_export: Header })
const Versioned = z.object({ berth_export: z.object({ format: z.int() }) })
const Trailer = z.strictObject({ rows: z.int().nonnegative(), sha256: z.string() })
const TrailerLine = z.strictObject({ berth_export_end: Trailer })

/** The first line: what follows, and of which schema it is. */
export type Header = z.infer<typeof Header>
/** The last line: how many rows there were, and a digest over everything before it. */
export type Trailer = z.infer<typeof Trailer>

export function headerLine(header: Header): string {
  return `${JSON.stringify({ berth_export: header })}\n`
}

export function trailerLine(trailer: Trailer): string {
  return `${JSON.stringify({ berth_export_end: trailer })}\n`
}

/** Errors: `StreamRefused` where it is no header, or one of a newer release. */
export async function headerIn(line: Line | undefined): Promise<Header> {
  const json = line && jsonIn(line)
  const versioned = Versioned.safeParse(json)
  if (!versioned.success)
    throw new StreamRefused(1, 'the first line of `berth export`', line ? shown(json) : 'an empty stream')
  const { format } = versioned.data.berth_export
  if (format !== FORMAT) throw new StreamRefused(1, `a stream of format ${FORMAT}`, `format ${format}`)
  const read = HeaderLine.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    throw new StreamRefused(1, 'a header', `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const header = read.data.berth_export
  const known = await knownMigrations()
  if (!known.includes(header.migration))
    throw new StreamRefused(
      1,
      'a migration that this release knows',
      `${shown(header.migration)}: a newer release has written it, import it by that one`,
    )
  return header
}

/** Errors: `StreamRefused` where the stream has other tables or columns than the database. */
export function mustBeAlike({ tables: said, migration }: Header, tables: readonly Table[]): void {
  const refuse = (expected: string, found: string): never => {
    const hint = `${found} (its migration is ${migration}: start this release on its database once, and export again)`
    throw new StreamRefused(1, expected, hint)
  }
  for (const [i, { name, key, columns }] of said.entries()) {
    const own = tables.find((table) => table.name === name)
    if (!own) refuse('tables of this release', `an unknown table ${shown(name)}`)
    if (tables[i]?.name !== name) refuse(`the table ${tables[i]?.name ?? 'before it'}`, shown(name))
    const types = new Map(own?.columns.map((column) => [column.name, column.type]))
    for (const [column, type] of Object.entries(columns)) {
      const known = types.get(column)
      if (known === undefined) refuse(`columns of ${name}`, `an unknown column ${shown(column)}`)
      if (known !== type) refuse(`${name}.${column} as ${known}`, shown(type))
    }
    const missing = [...types.keys()].find((column) => !Object.hasOwn(columns, column))
    if (missing !== undefined) refuse(`the column ${name}.${missing}`, 'a header without it')
    if (own?.key.join() !== key.join()) refuse(`the key ${own?.key.join()} of ${name}`, shown(key.join()))
  }
  const missing = tables[said.length]
  if (missing) refuse(`the table ${missing.name}`, 'a header without it')
}

/** Null where the line is a row. Errors: `StreamRefused` where it is neither. */
export function trailerIn(json: unknown, { number }: Line): Trailer | null {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'berth_export_end')) return null
  const read = TrailerLine.safeParse(json)
  if (read.success) return read.data.berth_export_end
  throw new StreamRefused(number, 'the last line of `berth export`', shown(json))
}

/** Errors: `StreamRefused` where it is no JSON. */
export function jsonIn({ text, number }: Line): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StreamRefused(number, 'a line of JSON', shown(text))
  }
}
