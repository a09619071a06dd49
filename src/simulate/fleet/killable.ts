import { readConfig } from '../../config.ts'
import { firstKey } from '../../first-key.ts'
import { buildApp } from '../../http/build-app.ts'
import { createLog } from '../../http/log.ts'
import { signerOf } from '../../http/signing/signer.ts'
import { signingKeys } from '../../signing-key.ts'
import { openStore } from '../../store/open-store.ts'
import type { Clock } from './clock.ts'

/** The service under test: the real app on a file, by virtual time; killed and started again. */
export interface Service {
  /** Where it listens; null while it is down. */
  url(): string | null
  start(): Promise<void>
  /** Cuts every connection in the middle of whatever is under way, and loses all that is not in the file. */
  kill(): Promise<void>
  /** The first admin key. */
  key(): string
}

/** So old a host's credential is to be changed. */
export const CREDENTIAL_DAYS = 1

/** One process plays a whole fleet from one address. */
const NO_LIMIT = '1000000000'
/** Every process that could assign is this one, and it wakes whom it has assigned something. Units: ms. */
const SLICE_MS = 60_000

export function killableService(
  file: string,
  clock: Clock,
  health: { readonly origin: string; readonly fetch: typeof globalThis.fetch },
): Service {
  let running: { readonly url: string; kill(): Promise<void> } | null = null
  let adminKey = ''
  const now = () => new Date(clock.now())

  async function start(): Promise<void> {
    const release = clock.hold('the start of the service')
    try {
      const config = readConfig({
        BERTH_DATABASE_URL: `file:${file}`,
        BERTH_PORT: '0',
        BERTH_LOG_LEVEL: 'silent',
        BERTH_RATE_LIMIT: NO_LIMIT,
        BERTH_AGENT_RATE_LIMIT: NO_LIMIT,
        BERTH_CREDENTIAL_DAYS: `${CREDENTIAL_DAYS}`,
        BERTH_PROBE_ORIGINS: health.origin,
        // The emulated machines compute in this process, and hold up its event loop while they do.
        BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
      })
      const signer = signerOf(await signingKeys(config))
      const store = await openStore(config.databaseUrl)
      adminKey = (await firstKey(store, null, now())) ?? adminKey
      const waiting = {
        now: () => clock.now(),
        after: (ms: number, wake: () => void) => clock.park(ms, wake),
        sliceMs: SLICE_MS,
        hold: (what: string) => clock.hold(what),
      }
      const app = await buildApp({
        ...{ store, config, log: createLog(config.logLevel), now, waiting, signer },
        fetch: health.fetch,
      })
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      running = {
        url,
        async kill() {
          // What has begun a transaction loses its database; what has ended one loses its connection.
          app.server.closeAllConnections()
          await store.close()
          await app.close()
        },
      }
    } finally {
      release()
    }
  }
  return {
    start,
    url: () => running?.url ?? null,
    key: () => adminKey,
    async kill() {
      const release = clock.hold('the end of the service')
      const dying = running
      running = null
      try {
        await dying?.kill()
      } finally {
        release()
      }
    },
  }
}
