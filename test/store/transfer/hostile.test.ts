import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { importRows } from '../../../src/store/transfer/import-rows.ts'
import { linesOf } from '../../../src/store/transfer/lines.ts'
import { freshDatabase, SERVER, type TestDatabase } from '../../database.ts'
import { asked } from './asked.ts'
import { change, freshFile, imported, linesIn } from './told.ts'

const source = freshFile()
let lines: readonly string[] = []
beforeAll(async () => {
  const store = await openStore(source.url)
  for (const name of ['1', '2', '3']) await change(store, name)
  await store.close()
  lines = (await linesIn(source.url)).lines
})
afterAll(() => source.drop())

let target: TestDatabase
beforeEach(async () => {
  target = await freshDatabase()
})
afterEach(() => target.drop())

/** The line of a table's first row, and so many behind it; counted from 1. */
const lineOf = (table: string, further = 0) =>
  lines.findIndex((line) => line.startsWith(`{"table":"${table}"`)) + 1 + further
const body = (text: string) => Buffer.from(text)

/** With a trailer that fits: what is wrong must be found by itself. */
function sealed(changed: readonly string[], rows = changed.length - 1): string[] {
  const sha256 = createHash('sha256').update(changed.join('')).digest('hex')
  return [...changed, `${JSON.stringify({ berth_export_end: { rows, sha256 } })}\n`]
}
/** All but the trailer, with one line made another. */
function with_(number: number, change: (line: string) => string): string[] {
  return lines.slice(0, -1).map((line, i) => (i === number - 1 ? change(line) : line))
}
function inRow(number: number, change: (row: Record<string, unknown>) => void): string[] {
  return sealed(
    with_(number, (line) => {
      const said = JSON.parse(line) as { row: Record<string, unknown> }
      change(said.row)
      return `${JSON.stringify(said)}\n`
    }),
  )
}
interface Said {
  tables: { name: string; rows: number; columns: Record<string, string> }[]
  [other: string]: unknown
}
function inHeader(change: (header: Said) => void): string[] {
  return sealed(
    with_(1, (line) => {
      const said = JSON.parse(line) as { berth_export: Said }
      change(said.berth_export)
      return `${JSON.stringify(said)}\n`
    }),
  )
}
function swapped(a: number, b: number): string[] {
  const all = lines.slice(0, -1)
  ;[all[a - 1], all[b - 1]] = [all[b - 1] ?? '', all[a - 1] ?? '']
  return sealed(all)
}
const host = (further = 0) => lineOf('Host', further)

type Spoilt = () => readonly string[]
test.each<[why: string, spoilt: Spoilt, line: () => number, says: RegExp]>([
  ['nothing', () => [], () => 1, /expected the first line of `berth export`, found an empty stream/],
  ['something else', () => ['SQLite format 3\0\n'], () => 1, /expected a line of JSON/],
  ['JSON of something else', () => ['{"items":[]}\n'], () => 1, /expected the first line of `berth export`/],
  [
    'a newer format',
    () => inHeader((h) => (h['format'] = 2)),
    () => 1,
    /expected a stream of format 1, found format 2/,
  ],
  [
    'a newer schema',
    () => inHeader((h) => (h['migration'] = '29990101000000_x')),
    () => 1,
    /a newer release/,
  ],
  [
    'a header without a part',
    () => inHeader((h) => delete h['at']),
    () => 1,
    /expected a header, found .*at/,
  ],
  [
    'a table that nobody knows',
    () => inHeader((h) => h.tables.push({ ...h.tables[0], name: 'X' } as never)),
    () => 1,
    /unknown table "X"/,
  ],
  [
    'a table less',
    () => inHeader((h) => h.tables.pop()),
    () => 1,
    /expected the table IdempotentAnswer, found a header without it/,
  ],
  [
    'tables in another order',
    () => inHeader((h) => h.tables.reverse()),
    () => 1,
    /expected the table ApiKey, found "IdempotentAnswer"/,
  ],
  [
    'a column that nobody knows',
    () => inHeader((h) => (h.tables[0]!.columns['x'] = 'String')),
    () => 1,
    /unknown column "x"/,
  ],
  [
    'a column less',
    () => inHeader((h) => delete h.tables[0]!.columns['role']),
    () => 1,
    /expected the column ApiKey.role/,
  ],
  [
    'a column of another type',
    () => inHeader((h) => (h.tables[0]!.columns['role'] = 'Int')),
    () => 1,
    /expected ApiKey.role as String/,
  ],
  [
    'a stream that ends with a row',
    () => lines.slice(0, -1),
    () => lines.length,
    /expected the last line .* cut off/,
  ],
  [
    'a stream that ends within a row',
    () => [...lines.slice(0, 2), lines[2]?.slice(0, 30) ?? ''],
    () => 3,
    /expected a whole line.*cut off/,
  ],
  [
    'a stream that ends within its last byte',
    () => [...lines.slice(0, -1), lines.at(-1)?.trimEnd() ?? ''],
    () => lines.length,
    /cut off/,
  ],
  [
    'a byte that was changed',
    () => [...with_(host(), (line) => line.replace('"hostname":"1"', '"hostname":"7"')), lines.at(-1) ?? ''],
    () => lines.length,
    /expected lines with the SHA-256 .* changed/,
  ],
  [
    'another count at the end',
    () => sealed(lines.slice(0, -1), 3),
    () => lines.length,
    /expected 3 rows before it/,
  ],
  [
    'a last line with more in it',
    () => [...lines.slice(0, -1), '{"berth_export_end":{"rows":0,"sha256":"","x":1}}\n'],
    () => lines.length,
    /expected the last line/,
  ],
  [
    'more behind the end',
    () => [...lines, '\n'],
    () => lines.length + 1,
    /expected nothing behind the last line/,
  ],
  [
    'an empty line',
    () => sealed([...lines.slice(0, 2), '\n', ...lines.slice(2, -1)]),
    () => 3,
    /expected a line of JSON/,
  ],
  ['a line that is no row', () => sealed(with_(3, () => '[1]\n')), () => 3, /expected a row, as/],
  [
    'a row with more beside it',
    () => sealed(with_(3, (line) => line.replace('{"table"', '{"x":1,"table"'))),
    () => 3,
    /expected a row, as/,
  ],
  [
    'a row of a table that nobody knows',
    () => sealed(with_(3, (line) => line.replace(/"table":"\w+"/, '"table":"X"'))),
    () => 3,
    /unknown table "X"/,
  ],
  [
    'a row of what every object has',
    () => sealed(with_(3, (line) => line.replace(/"table":"\w+"/, '"table":"__proto__"'))),
    () => 3,
    /unknown table/,
  ],
  [
    'a row with a column more',
    () => inRow(host(), (row) => (row['x'] = 1)),
    host,
    /columns of Host, found an unknown column "x"/,
  ],
  [
    'a row with what every object has',
    () => sealed(with_(host(), (line) => line.replace('"row":{', '"row":{"__proto__":{},'))),
    host,
    /unknown column "__proto__"/,
  ],
  [
    'a row with a column less',
    () => inRow(host(), (row) => delete row['arch']),
    host,
    /expected Host.arch to be a text, found nothing/,
  ],
  [
    'null where there is none',
    () => inRow(host(), (row) => (row['arch'] = null)),
    host,
    /expected Host.arch to be a text, found null/,
  ],
  [
    'a value of another type',
    () => inRow(host(), (row) => (row['createdAt'] = 0)),
    host,
    /expected Host.createdAt to be a time/,
  ],
  [
    'the same row twice',
    () => sealed([...lines.slice(0, host()), ...lines.slice(host() - 1, -1)]),
    () => host(1),
    /the same key again/,
  ],
  [
    'rows in another order',
    () => swapped(host(), host(1)),
    () => host(1),
    /expected a row of Host behind .*, found .*, which comes before it/,
  ],
  [
    'a row behind those of the next table',
    () => sealed([...lines.slice(0, host() - 1), ...lines.slice(host(), -1), lines[host() - 1] ?? '']),
    () => lineOf('TimelineEvent') - 1,
    /expected 3 rows of Host, found 2/,
  ],
  [
    'a table after it was over',
    () => sealed([...lines.slice(0, -1), lines[host() - 1] ?? '']),
    () => lines.length,
    /expected rows in the order of the header/,
  ],
  [
    'a row less',
    () => sealed([...lines.slice(0, host(1)), ...lines.slice(host(2), -1)]),
    () => lineOf('TimelineEvent') - 1,
    /expected 3 rows of Host, found 2/,
  ],
  [
    'a row of a host that is not there',
    () => inRow(lineOf('TimelineEvent'), (row) => (row['hostId'] = 'host_none')),
    () => lineOf('TimelineEvent'),
    /the database refused: .*oreign key/,
  ],
  [
    'what has to be unique and is not',
    () => inRow(host(1), (row) => (row['machineId'] = '1')),
    host,
    /the database refused: .*nique/,
  ],
])('%s is refused with its place, and nothing is kept', async (_why, spoilt, line, says) => {
  const refused = imported(spoilt(), target.url)
  await expect(refused).rejects.toThrow(says)
  await expect(refused).rejects.toThrow(
    new RegExp(`^line ${line()}: expected .*, found .*; nothing was imported$`),
  )
  await mustBeUntouched()
})

/** Nothing is there, and what is whole still goes in, with every trigger in its place. */
async function mustBeUntouched(): Promise<void> {
  const { rows } = await imported(lines, target.url)
  expect(rows).toBe(lines.length - 2)
  const store = await openStore(target.url)
  try {
    await change(store, 'next')
    expect(await store.events.kept()).toEqual({ first: 1, last: 8 })
    await expect(asked(target.url, `DELETE FROM "AuditEntry"`)).rejects.toThrow('append-only')
  } finally {
    await store.close()
  }
}

test('bytes that are no text are refused', async () => {
  const stream = async function* () {
    yield body(lines.slice(0, 2).join(''))
    yield Buffer.from([0x7b, 0xff, 0x0a])
  }
  await expect(importRows(stream(), target.url)).rejects.toThrow('line 3: expected UTF-8')
})

test('a line without an end fills no memory', async () => {
  const stream = async function* () {
    for (;;) yield body('x'.repeat(1000))
  }
  const read = async () => {
    for await (const line of linesOf(stream(), 10_000)) expect(line).toBeUndefined()
  }
  await expect(read()).rejects.toThrow('line 1: expected a line of at most 10000 bytes')
})

test('what breaks while it is read leaves nothing', async () => {
  const stream = async function* () {
    yield body(lines.slice(0, -2).join(''))
    throw new Error('the cable')
  }
  await expect(importRows(stream(), target.url)).rejects.toThrow('the cable')
  await mustBeUntouched()
})

test('a database that holds a row is left as it is', async () => {
  const store = await openStore(target.url)
  await change(store, 'own')
  await store.close()
  await expect(imported(lines, target.url)).rejects.toThrow(
    /not empty \(rows: Host has 1, TimelineEvent has 1, .*\): an import wants a new one; nothing was changed/,
  )
  const hosts = await asked(target.url, `SELECT "hostname" FROM "Host"`)
  expect(hosts.map(([name]) => name)).toEqual(['own'])
})

if (SERVER !== undefined)
  test('a text that PostgreSQL cannot keep is refused with its place', async () => {
    const spoilt = inRow(host(), (row) => (row['hardwareModel'] = 'a\0b'))
    await expect(imported(spoilt, target.url)).rejects.toThrow(
      `line ${host()}: expected Host.hardwareModel without U+0000`,
    )
  })
