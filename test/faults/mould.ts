import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { readConfig, type Config } from '../../src/config.ts'
import { buildApp } from '../../src/http/build-app.ts'
import type { Listener } from '../../src/http/listener/listener.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import type { WaitingClock } from '../../src/http/rollouts/assignments.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase } from '../database.ts'
import { startApi, type Api } from '../http/api.ts'
import { original, type Copy } from './copies.ts'

/** A database that was filled in peace; services are cast from it, each on a copy of its own. */
export interface Mould<W> {
  readonly world: W
  readonly cast: (options?: CastOptions) => Promise<Cast>
  readonly close: () => Promise<void>
}

export interface CastOptions {
  readonly config?: Partial<Config>
  /** Where requests come in; as in a service where it is left out. */
  readonly listener?: Listener
}

export interface Cast {
  readonly app: FastifyInstance
  readonly store: Store
  readonly url: string
  readonly databaseUrl: string
  /** What was logged as an error. */
  readonly errors: string[]
  readonly close: () => Promise<void>
}

/** As the world's own. */
const NOW = new Date('2030-01-01T00:00:00.000Z')

const { privateKey } = generateKeyPairSync('ed25519')

/** Fills a database once. */
export async function mould<W>(fill: (api: Api) => Promise<W>): Promise<Mould<W>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-mould-'))
  const database = await freshDatabase()
  const api = await startApi({ database, signer: signerOf([privateKey]) })
  const world = await fill(api)
  await api.app.close()
  await api.store.close()
  const kept = await original(database.url, dir)
  await database.drop()
  return {
    world,
    cast: async (options = {}) => cast(await kept.copy(), options),
    close: async () => {
      await kept.drop()
      await rm(dir, { recursive: true })
    },
  }
}

async function cast(copy: Copy, { config = {}, listener }: CastOptions): Promise<Cast> {
  const store = await openStore(copy.url)
  const errors: string[] = []
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) })
  const app = await buildApp({
    store,
    config: {
      ...readConfig({}),
      // A busy machine is no reason to refuse anything here.
      ...{ rateLimit: 1e9, agentRateLimit: 1e9, maxEventLoopDelayMs: 0 },
      ...config,
    },
    log,
    now: () => NOW,
    signer: signerOf([privateKey]),
    fetch: () => Promise.reject(new TypeError('nothing is asked from here')),
    waiting: impatient(),
    ...(listener && { listener }),
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    ...{ app, store, url, errors, databaseUrl: copy.url },
    close: async () => {
      await app.close()
      await store.close()
      await copy.drop()
    },
  }
}

/** Who waits is woken at once, and the time that he would have waited has passed. */
function impatient(): WaitingClock {
  let passed = 0
  return {
    now: () => passed,
    after: (ms, wake) => {
      const soon = setImmediate(() => {
        passed += ms
        wake()
      })
      return () => clearImmediate(soon)
    },
    sliceMs: 60_000,
  }
}
