import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { readConfig, type Config } from './config.ts'
import { composition } from './composition.ts'
import { createLog } from './http/log.ts'
import { signerOf } from './http/signing/signer.ts'
import { signingKeys } from './signing-key.ts'
import { isPostgresql } from './store/database-url.ts'
import { openStore, type Store } from './store/open-store.ts'
import { succession } from './succession.ts'

/** Requests that run may end in this time; agents that wait are let go at once. */
const GRACE_MS = 10_000

export interface Running {
  readonly url: string
  /** The first admin key, when this start made it. */
  readonly firstKey: string | null
  /** Looks whether there are other certificates; null where there are none. */
  readonly renew: (() => Promise<void>) | null
  /** Looks whether another database lies in the place of the one that is open; it does so by itself every two seconds. */
  look(): Promise<void>
  close(): Promise<void>
}

/** Opens the store, puts everything over it, and listens; `close` undoes it in reverse. */
export async function startServer(config: Config): Promise<Running> {
  const { databaseUrl } = config
  const log = createLog(config.logLevel)
  const around = { config, log, signer: signerOf(await signingKeys(config)) }
  let store = await openStore(databaseUrl)
  const first = await composition(store, around)
  let current = first
  try {
    const { url, port } = await first.listen(config.port)
    const prepare = async (next: Store) => {
      const other = await composition(next, around)
      return async () => {
        await current.close()
        ;[current, store] = [other, next]
        await other.listen(port)
      }
    }
    const told = (sentence: string) => log.warn(sentence)
    const after = isPostgresql(databaseUrl)
      ? null
      : succession({ databaseUrl, store: () => store, prepare, told })
    return {
      url,
      firstKey: first.firstKey,
      renew: first.renew && (async () => current.renew?.()),
      look: async () => after?.look(),
      close: async () => {
        await after?.close()
        await current.close()
      },
    }
  } catch (error) {
    await first.close()
    throw error
  }
}

/** Starts from the environment and stays until a signal; the first admin key is printed once. */
export async function serve(environment: NodeJS.ProcessEnv = process.env): Promise<Running> {
  const running = await startServer(readConfig(environment))
  if (running.firstKey !== null) {
    process.stdout.write(`first admin key, shown this once: ${running.firstKey}\n`)
  }
  const { renew } = running
  // A daemon is told by SIGHUP that there are other certificates; what hangs on a terminal ends with that.
  const isDaemon = renew !== null || !process.stdin.isTTY
  if (isDaemon) process.on('SIGHUP', () => void renew?.())
  closeWithGrace({ delay: GRACE_MS, skip: isDaemon ? ['SIGHUP'] : [] }, async ({ err }) => {
    if (err) process.stderr.write(`${err.stack}\n`)
    await running.close()
  })
  return running
}

const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  serve().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
