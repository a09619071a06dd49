import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import type { Readable, Writable } from 'node:stream'
import { readConfig } from '../config.ts'
import { databaseFile, isPostgresql } from '../store/database-url.ts'
import { place } from '../store/sqlite/placed.ts'
import { exportRows, type Exported, type Watch } from '../store/transfer/export-rows.ts'
import type { Header } from '../store/transfer/header.ts'
import { importRows } from '../store/transfer/import-rows.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { packageVersion } from './package-version.ts'

/** What a command is run with, beside what it is told; tests give their own. */
export interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv
  readonly stdin?: Readable & { readonly isTTY?: boolean }
  readonly stdout?: Writable
}

/** `berth export`: every row of the database that the environment names, while the service runs. */
export async function exportCommand(
  file: string | undefined,
  io: Io,
  { environment = process.env, stdout = process.stdout }: Surroundings = {},
): Promise<ExitCode> {
  const { databaseUrl } = readConfig(environment)
  const { header, rows, sha256 } = await (file === undefined
    ? written(databaseUrl, stdout, io)
    : writtenTo(file, databaseUrl, io))
  io.err(`${named(databaseUrl)}: ${headerText(header, rows)}\nsha256 ${sha256}\n`)
  io.err('the signing key is not in it: keep its file too, and in another place\n')
  return EXIT.ok
}

/** `berth import`: a stream of rows into the empty database that the environment names. */
export async function importCommand(
  file: string | undefined,
  io: Io,
  { environment = process.env, stdin = process.stdin }: Surroundings = {},
): Promise<ExitCode> {
  const { databaseUrl } = readConfig(environment)
  if (file === undefined && stdin.isTTY) {
    io.err('berth import: there is nothing on standard input: name a file, or berth export | berth import\n')
    return EXIT.usage
  }
  const stream = file === undefined ? stdin : createReadStream(file)
  const { header, rows } = await importRows(stream, databaseUrl, watchOf(io)).finally(() => stream.destroy())
  io.out(`${named(databaseUrl)}: ${headerText(header, rows)}\n`)
  io.err('the signing key is not in it: the service needs the file that it had\n')
  return EXIT.ok
}

async function writtenTo(file: string, url: string, io: Io): Promise<Exported> {
  if (existsSync(file))
    throw new Error(`${file} is there already: an export never takes the place of another`)
  const whole = `${file}.${randomUUID()}.partial`
  try {
    const stream = createWriteStream(whole, { mode: 0o600, flags: 'wx' })
    const exported = await written(url, stream, io)
    stream.end()
    await finished(stream)
    await place(whole, file)
    return exported
  } finally {
    await rm(whole, { force: true })
  }
}

/** Errors: throws what the stream fails with, as where nobody reads it any more. */
async function written(url: string, stream: Writable, io: Io): Promise<Exported> {
  let broken: Error | null = null
  const onError = (error: Error): void => void (broken = error)
  stream.on('error', onError)
  const write = async (text: string): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(error) : resolve()))
    })
    if (broken) throw broken as Error
  }
  const taken = { at: new Date(), release: packageVersion(), watch: watchOf(io) }
  try {
    return await exportRows(url, write, taken)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
    throw new Error('whoever read this has stopped: see what it said', { cause: error })
  }
}

const CLEAR_LINE = '\r\u001b[2K'

function watchOf({ progress }: Io): Watch {
  let shown = -1
  return (rows, of) => {
    const percent = of === 0 ? 100 : Math.floor((rows / of) * 100)
    if (!progress || percent === shown) return
    shown = percent
    progress.write(`${CLEAR_LINE}${rows === of ? '' : `${rows} of ${of} rows`}`)
  }
}

function headerText({ at, release, migration, tables }: Header, rows: number): string {
  return `${rows} rows of ${tables.length} tables, of ${at}, by berth ${release}, at migration ${migration}`
}

/** A database as it may be shown: without who asks it, by which password. */
function named(url: string): string {
  if (!isPostgresql(url)) return databaseFile(url)
  const { host, pathname } = new URL(url)
  return `postgresql://${host}${pathname}`
}
