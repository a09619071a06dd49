import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { databaseFile } from '../../src/store/database-url.ts'
import type { Database } from '../../src/store/database.ts'
import { storeOver, type Store } from '../../src/store/open-store.ts'
import { openPostgresql } from '../../src/store/postgresql/open.ts'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { freshDatabase, onServer, SERVER } from '../database.ts'
import { startApi, type Api } from './api.ts'
import { entryOf, X86 } from './fixtures.ts'

afterEach(() => void vi.restoreAllMocks())

/** What happens to the database, and how somebody mends it. */
interface Fault {
  readonly says: RegExp
  /** Whether what was written before can be read meanwhile. */
  readonly reads: boolean
  befalls(at: { readonly url: string; readonly database: Database }): Promise<() => Promise<void> | void>
}

const SQLITE: Readonly<Record<string, Fault>> = {
  'a full disk': {
    says: /disk of the database is full/,
    reads: true,
    befalls: async ({ database: { client } }) => {
      const [row] = await client.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count')
      await client.$queryRawUnsafe(`PRAGMA max_page_count = ${row?.page_count}`)
      return async () => void (await client.$queryRawUnsafe('PRAGMA max_page_count = 1000000'))
    },
  },
  'a disk that is read-only': {
    says: /cannot be written to/,
    reads: true,
    befalls: async ({ database: { client } }) => {
      // A connection that fails so is made anew after a while, and then it is not read-only: no time passes.
      const now = performance.now()
      const clock = vi.spyOn(performance, 'now').mockReturnValue(now)
      await client.$queryRawUnsafe('PRAGMA query_only = ON')
      return () => void clock.mockRestore()
    },
  },
  'a file that was moved away': {
    says: /file of the database is gone/,
    reads: true,
    befalls: async ({ url }) => {
      const file = databaseFile(url)
      renameSync(file, `${file}.away`)
      return () => renameSync(`${file}.away`, file)
    },
  },
  'a file that was replaced': {
    says: /was replaced/,
    reads: false,
    befalls: async ({ url }) => {
      const file = databaseFile(url)
      const foreign = libsqlClient(join(`${file}.foreign`))
      await foreign.execute('CREATE TABLE "x" ("y")')
      foreign.close()
      renameSync(file, `${file}.away`)
      renameSync(`${file}.foreign`, file)
      return () => renameSync(`${file}.away`, file)
    },
  },
  'another process that writes for long': {
    says: /another process holds/,
    reads: true,
    befalls: async ({ url }) => {
      const holder = libsqlClient(databaseFile(url))
      const held = await holder.transaction()
      return async () => {
        await held.rollback()
        holder.close()
      }
    },
  },
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)
/** Waits until they have ended: whoever still listens would take one more write. */
const hangUp = (url: string) =>
  onServer(
    SERVER ?? '',
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${nameOf(url)}'`,
  )

const POSTGRESQL: Readonly<Record<string, Fault>> = {
  'a server that takes nobody': {
    says: /cannot be reached/,
    reads: false,
    befalls: async ({ url }) => {
      const allow = (yes: boolean) =>
        onServer(SERVER ?? '', `ALTER DATABASE "${nameOf(url)}" ALLOW_CONNECTIONS ${yes}`)
      await allow(false)
      await hangUp(url)
      return () => allow(true)
    },
  },
  'a server that only reads': {
    says: /cannot be written to/,
    reads: true,
    befalls: async ({ url }) => {
      const only = (reads: string) =>
        onServer(SERVER ?? '', `ALTER DATABASE "${nameOf(url)}" SET default_transaction_read_only = ${reads}`)
      await only('on')
      await hangUp(url)
      return async () => {
        await only('off')
        await hangUp(url)
      }
    },
  },
}

const [faults, open] = SERVER === undefined ? [SQLITE, openSqlite] : [POSTGRESQL, openPostgresql]

/** A service whose connection the test has a hand on. */
async function serviceOn(): Promise<{ api: Api; database: Database; url: string; close(): Promise<void> }> {
  const fresh = await freshDatabase()
  const database = await open(fresh.url)
  const store: Store = storeOver(database)
  const api = await startApi({ database: { ...fresh, drop: async () => {} }, broken: () => store })
  const close = async () => {
    await api.close()
    await database.close()
    await fresh.drop()
  }
  return { api, database, url: fresh.url, close }
}

test.each(Object.entries(faults))(
  '%s: 503 that says so, and all is well when it is mended',
  async (_why, fault) => {
    const { api, database, url, close } = await serviceOn()
    try {
      const write = (key: string) =>
        api.call({
          method: 'post',
          path: '/v1/boot-entries',
          as: api.admin,
          body: entryOf(X86, { title: key }),
          headers: { 'idempotency-key': key },
        })
      const read = () => api.call({ method: 'get', path: '/v1/boot-entries', as: api.admin })
      const ready = () => api.call({ method: 'get', path: '/readyz' })
      expect((await write('before')).status).toBe(201)
      // The last use of the key is due again: a read writes that, where it can.
      api.clock.now = new Date(api.clock.now.getTime() + 120_000)

      const mend = await fault.befalls({ url, database })
      let refused = await write('meanwhile')
      // Whoever is the first to use a connection that the server has closed is told that.
      for (let closed = 0; closed < 5 && /cannot be reached/.test(refused.body.detail); closed++)
        refused = await write('meanwhile')
      expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
      expect(refused.body.detail).toMatch(fault.says)
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      const unready = await ready()
      expect([unready.status, unready.body.detail]).toEqual([503, expect.stringMatching(fault.says)])
      expect(unready.headers['retry-after']).toBeDefined()
      expect((await api.call({ method: 'get', path: '/livez' })).status).toBe(200)
      expect((await read()).status).toBe(fault.reads ? 200 : 503)

      await mend()
      await expect.poll(async () => (await ready()).status, { timeout: 30_000 }).toBe(200)
      expect((await write('meanwhile')).status).toBe(201)
      expect((await write('meanwhile')).status).toBe(201)
      const titles = (await read()).body.items.map((item: { title: string }) => item.title)
      expect(titles.sort()).toEqual(['before', 'meanwhile'])
    } finally {
      await close()
    }
  },
)
