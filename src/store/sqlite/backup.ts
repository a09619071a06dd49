import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import Libsql from 'libsql'
import { libsqlClient } from './libsql-client.ts'
import { MANIFEST_TABLE, manifestIn, tableDigests, type Manifest } from './manifest.ts'
import { place } from './placed.ts'
import { refusalOf } from './refusal.ts'
import { findingsIn } from './soundness.ts'

/** How long the copy waits for a lock; nobody else is served by this process. Units: milliseconds. */
const PATIENCE_MS = 10_000

export interface Backup {
  readonly manifest: Manifest
  /** Of the file, as `sha256sum` has it. */
  readonly sha256: string
}

/**
 * Copies a database while the service writes to it. The copy is what was committed at one moment, checked, with a table that
 * says when it was taken, by which release, and what is in it. It is on the disk, under its name, when it is whole, and not before.
 *
 * Errors: throws a sentence where there is no such database, where the copy's name is taken, or where the copy is not sound.
 */
export async function backUp(
  file: string,
  target: string,
  taken: { readonly at: Date; readonly release: string },
): Promise<Backup> {
  if (!existsSync(file)) throw new Error(`there is no database at ${file}`)
  if (existsSync(target))
    throw new Error(`${target} is there already: a backup never takes the place of another`)
  const whole = `${target}.${randomUUID()}.partial`
  try {
    copyInto(file, whole)
    const manifest = described(whole, taken)
    const findings = await soundnessOf(whole)
    if (findings.length > 0) throw new Error(`the copy of ${file} is not sound: ${findings.join('; ')}`)
    const sha256 = await digestOfFile(whole)
    await place(whole, target)
    return { manifest, sha256 }
  } finally {
    for (const part of ['', '-journal']) await rm(whole + part, { force: true })
  }
}

function copyInto(file: string, whole: string): void {
  try {
    const database = new Libsql(file, { timeout: PATIENCE_MS })
    try {
      database.prepare('VACUUM INTO ?').run([whole])
    } finally {
      database.close()
    }
  } catch (error) {
    throw refusalOf(file, error)
  }
}

function described(whole: string, { at, release }: { at: Date; release: string }): Manifest {
  const copy = new Libsql(whole, { timeout: PATIENCE_MS })
  try {
    const newest = `SELECT max("migration_name") FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL`
    const [schema] = copy.prepare(newest).raw().get([]) as [string | null]
    if (schema === null) throw new Error('what is there is no database of Berth')
    // Of a copy that somebody has made a database of by hand.
    copy.exec(`DROP TABLE IF EXISTS "${MANIFEST_TABLE}"`)
    const tables = tableDigests(copy)
    const manifest: Manifest = { format: 1, at: at.toISOString(), release, schema, tables }
    copy.exec(`CREATE TABLE "${MANIFEST_TABLE}" ("manifest" TEXT NOT NULL)`)
    copy.prepare(`INSERT INTO "${MANIFEST_TABLE}" VALUES (?)`).run([JSON.stringify(manifest)])
    return manifest
  } finally {
    copy.close()
  }
}

export interface Verified {
  readonly findings: readonly string[]
  /** Null where something else made the copy: then only SQLite's own check speaks for it. */
  readonly manifest: Manifest | null
}

/** Checks a copy as a whole: pages and indexes, references, and each row against what the copy says of itself. */
export async function verifyBackup(path: string): Promise<Verified> {
  if (!existsSync(path)) throw new Error(`there is no file ${path}`)
  const findings = [...(await soundnessOf(path))]
  if (findings.length > 0) return { findings, manifest: null }
  const copy = new Libsql(path, { timeout: PATIENCE_MS })
  try {
    const manifest = manifestIn(copy)
    if (manifest === null) return { findings, manifest }
    const tables = tableDigests(copy)
    for (const name of new Set([...Object.keys(manifest.tables), ...Object.keys(tables)])) {
      const [said, found] = [manifest.tables[name], tables[name]]
      if (said?.rows !== found?.rows)
        findings.push(`${name} has ${found?.rows ?? 'no'} rows, and had ${said?.rows ?? 'none'}`)
      else if (said?.sha256 !== found?.sha256)
        findings.push(`the rows of ${name} are not those that were backed up`)
    }
    return { findings, manifest }
  } finally {
    copy.close()
  }
}

/** What SQLite finds; a file that it cannot even open is a finding too. */
async function soundnessOf(path: string): Promise<readonly string[]> {
  try {
    const client = libsqlClient(path)
    try {
      return await findingsIn(client, 'whole')
    } finally {
      client.close()
    }
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
