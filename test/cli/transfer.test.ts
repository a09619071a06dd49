import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { exportCommand, importCommand, type Surroundings } from '../../src/cli/transfer.ts'
import { openStore } from '../../src/store/open-store.ts'
import { freshDatabase, SERVER, type TestDatabase } from '../database.ts'
import { asked } from '../store/transfer/asked.ts'
import { change } from '../store/transfer/told.ts'
import { recordedIo } from './recorded-io.ts'

let from: TestDatabase
let to: TestDatabase
let dir: string
let file: string
beforeEach(async () => {
  ;[from, to] = [await freshDatabase(), await freshDatabase()]
  dir = mkdtempSync(join(tmpdir(), 'berth-transfer-'))
  file = join(dir, 'berth.ndjson')
  const store = await openStore(from.url)
  await change(store, '1')
  await store.close()
})
afterEach(async () => {
  for (const database of [from, to]) await database.drop()
  rmSync(dir, { recursive: true })
})

const at = ({ url }: TestDatabase) => ({ environment: { BERTH_DATABASE_URL: url } })
async function ran(
  command: typeof exportCommand,
  path: string | undefined,
  surroundings: Surroundings,
): Promise<[code: number, out: string, err: string]> {
  const io = recordedIo()
  return [await command(path, io, surroundings), io.stdout(), io.stderr()]
}
const hostsIn = ({ url }: TestDatabase) => asked(url, 'SELECT "hostname" FROM "Host"')

test('a pipe from one to the other', async () => {
  const pipe = new PassThrough()
  const [exported, imported] = await Promise.all([
    ran(exportCommand, undefined, { ...at(from), stdout: pipe }).finally(() => pipe.end()),
    ran(importCommand, undefined, { ...at(to), stdin: pipe }),
  ])
  const said = /5 rows of \d+ tables, of 2.*Z, by berth \d.*, at migration \d{14}_\w+\n/
  expect(exported).toEqual([0, '', expect.stringMatching(said)])
  expect(exported[2]).toMatch(/\nsha256 [0-9a-f]{64}\nthe signing key is not in it/)
  expect(imported).toEqual([
    0,
    expect.stringMatching(said),
    expect.stringContaining('signing key is not in it'),
  ])
  expect(await hostsIn(to)).toEqual([['1']])
  // Nobody is shown by which password.
  if (SERVER !== undefined) expect(imported[1]).toMatch(/^postgresql:\/\/[^@]+: /)
})

test('a file, which is nobody else’s to read, takes no other’s place, and is there when it is whole', async () => {
  expect((await ran(exportCommand, file, at(from)))[0]).toBe(0)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const before = readFileSync(file)
  await expect(ran(exportCommand, file, at(from))).rejects.toThrow('is there already')
  expect(readFileSync(file)).toEqual(before)
  const none = { environment: { BERTH_DATABASE_URL: `file:${join(dir, 'none.db')}` } }
  await expect(ran(exportCommand, `${file}.2`, none)).rejects.toThrow('there is no database')
  expect(readdirSync(dir)).toEqual(['berth.ndjson'])
  expect(await ran(importCommand, file, at(to))).toEqual([
    0,
    expect.stringContaining('5 rows'),
    expect.anything(),
  ])
  expect(await hostsIn(to)).toEqual([['1']])
})

test('both by their names, and what is wrong in one sentence', async () => {
  const before = process.env['BERTH_DATABASE_URL']
  const berth = async (url: string, ...argv: string[]) => {
    process.env['BERTH_DATABASE_URL'] = url
    const io = recordedIo()
    return [await runProgram(argv, io), io.stdout(), io.stderr()]
  }
  try {
    expect(await berth(from.url, 'export', file)).toEqual([0, '', expect.stringContaining('5 rows')])
    expect(await berth(to.url, 'import', file)).toEqual([
      0,
      expect.stringContaining('5 rows'),
      expect.anything(),
    ])
    expect(await berth(to.url, 'import', file)).toEqual([
      1,
      '',
      expect.stringContaining('berth: the database is not empty'),
    ])
    writeFileSync(file, readFileSync(file).subarray(0, -1))
    expect(await berth(to.url, 'import', file)).toEqual([1, '', expect.anything()])
    expect(await berth(to.url, 'import', join(dir, 'none'))).toEqual([
      1,
      '',
      expect.stringContaining('ENOENT'),
    ])
  } finally {
    if (before === undefined) delete process.env['BERTH_DATABASE_URL']
    else process.env['BERTH_DATABASE_URL'] = before
  }
})

test('whoever reads no further ends the export, with a sentence', async () => {
  const gone = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  await expect(ran(exportCommand, undefined, { ...at(from), stdout: gone })).rejects.toThrow(
    'whoever read this has stopped',
  )
})

test('a terminal is no stream', async () => {
  const terminal = Object.assign(Readable.from([]), { isTTY: true })
  const [code, , err] = await ran(importCommand, undefined, { ...at(to), stdin: terminal })
  expect([code, err]).toEqual([2, expect.stringContaining('berth export | berth import')])
})

test('what is refused is told before a file is made', async () => {
  const none = join(dir, 'new.db')
  const environment = { BERTH_DATABASE_URL: `file:${none}` }
  const stdin = Readable.from(['nothing of ours\n'])
  await expect(ran(importCommand, undefined, { environment, stdin })).rejects.toThrow('line 1: expected')
  expect(existsSync(none)).toBe(false)
})
