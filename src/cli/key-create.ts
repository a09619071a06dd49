import { userInfo } from 'node:os'
import { readConfig } from '../config.ts'
import { mintBearer } from '../http/bearer.ts'
import { newId } from '../store/new-id.ts'
import { openStore } from '../store/open-store.ts'
import type { Role } from '../wire/key.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

export interface KeyCreateOptions {
  readonly role: Role
  readonly name: string
  /** Seconds. */
  readonly expiresIn?: number
}

/**
 * `berth key create`: makes an API key in the database itself, for who has lost the last one.
 * The key is the one line on standard output.
 */
export async function keyCreateCommand(
  options: KeyCreateOptions,
  io: Io,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ExitCode> {
  const { role, name, expiresIn } = options
  const store = await openStore(readConfig(environment).databaseUrl)
  try {
    const now = new Date()
    const id = newId('key', now)
    const { shown, hash } = mintBearer(role, id)
    const createdBy = `cli:${userInfo().username}`
    const expiresAt = expiresIn === undefined ? null : new Date(now.getTime() + expiresIn * 1000)
    await store.write(async (rows) => {
      await rows.keys.insert({ id, role, name, secretHash: hash, createdAt: now, createdBy, expiresAt })
      await rows.audit.append({
        id: newId('aud', now),
        at: now,
        actor: createdBy,
        action: 'key.create',
        target: id,
        detail: { role, name },
        requestId: 'cli',
      })
    })
    io.out(`${shown}\n`)
    return EXIT.ok
  } finally {
    await store.close()
  }
}
