import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Who this host is to the service; the credential is a secret. */
export interface Identity {
  readonly server: string
  readonly host: string
  readonly credential: string
}

/** Only the agent's own user reads it. */
const SECRET_MODE = 0o600

/** The stored identity; null where this host has not enrolled. Errors: throws on a file that is no identity. */
export async function readIdentity(path: string): Promise<Identity | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const found = JSON.parse(text) as Partial<Identity>
  const { server, host, credential } = found
  if (typeof server !== 'string' || typeof host !== 'string' || typeof credential !== 'string') {
    throw new Error(`${path} is not an identity: expected server, host and credential`)
  }
  return { server, host, credential }
}

/** Writes it beside and moves it into place: a crash leaves the old identity or the new one, never half of one. */
export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = `${path}.new`
  await writeFile(beside, `${JSON.stringify(identity, null, 2)}\n`, { mode: SECRET_MODE })
  await chmod(beside, SECRET_MODE)
  await rename(beside, path)
}
