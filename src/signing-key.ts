import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { databaseFile, isPostgresql } from './store/database-url.ts'

/** Only the service's own user reads it. */
const OWN_MODE = 0o600

/**
 * The keys by which the service signs, the newest first: those of the files that it is told, or one in a file beside
 * the database, which the first start makes. Never in the database: whoever reads that must not be able to sign.
 *
 * Errors: throws for a file that it was told and cannot read, and for one that is no Ed25519 key in PKCS#8, without
 * its content.
 */
export async function signingKeys({
  signingKeyFiles,
  databaseUrl,
}: {
  readonly signingKeyFiles: readonly string[]
  readonly databaseUrl: string
}): Promise<KeyObject[]> {
  if (signingKeyFiles.length > 0) return Promise.all(signingKeyFiles.map(keyIn))
  if (isPostgresql(databaseUrl))
    throw new Error(
      'BERTH_SIGNING_KEY_FILE must be set with PostgreSQL: all replicas sign with the same keys',
    )
  const database = databaseFile(databaseUrl)
  if (database === ':memory:') return [newKey()]
  const beside = `${database}.signing-key.pem`
  await makeOnce(beside)
  return [await keyIn(beside)]
}

/** Two that start at once end up with one key: a file gets its name when it is whole, and only where none has it. */
async function makeOnce(path: string): Promise<void> {
  if (await isThere(path)) return
  await mkdir(dirname(path), { recursive: true })
  const whole = `${path}.${randomUUID()}`
  const file = await open(whole, 'wx', OWN_MODE)
  try {
    await file.writeFile(newKey().export({ type: 'pkcs8', format: 'pem' }))
    await file.sync()
    await link(whole, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await file.close()
    await rm(whole)
  }
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

async function keyIn(path: string): Promise<KeyObject> {
  const pem = await readFile(path)
  const key = readKey(pem)
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new Error(`${path} is no signing key: an Ed25519 private key is wanted, as PEM in PKCS#8`)
  }
  return key
}

function readKey(pem: Buffer): KeyObject | null {
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    return null
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}
