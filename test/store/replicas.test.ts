import { randomBytes } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ForeignWrite } from '../../src/store/database.ts'
import type { NewHost } from '../../src/store/hosts.ts'
import { newId } from '../../src/store/new-id.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { isPostgresql } from '../../src/store/database-url.ts'
import { outageOf } from '../../src/store/outage.ts'
import { openPostgresql } from '../../src/store/postgresql/open.ts'
import { freshDatabase, onServer, SERVER, type TestDatabase } from '../database.ts'

const HOST: NewHost = {
  id: 'host_1',
  machineId: 'm',
  hostname: 'h',
  arch: 'arm64',
  hardwareModel: '',
  group: null,
  labels: {},
  state: 'active',
  stateReason: '',
  credentialHash: '',
  bootedPlanId: null,
  pinGeneration: 0,
  createdAt: new Date(0),
}

test.each([
  ['postgresql://berth@db/berth', true],
  ['postgres://db', true],
  ['file:berth.db', false],
  ['file:postgresql:', false],
])('several replicas may share %s: %s', (url, may) => {
  expect(isPostgresql(url)).toBe(may)
})

// There is a PostgreSQL to ask in CI.
if (SERVER !== undefined) {
  const server = SERVER
  let database: TestDatabase
  const opened: Store[] = []
  beforeEach(async () => {
    database = await freshDatabase()
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
    await database.drop()
  })

  /** One more replica; `settings` are of its connections alone. */
  async function replica(
    settings: Readonly<Record<string, string>> = {},
    url = database.url,
  ): Promise<Store> {
    const own = new URL(url)
    for (const [name, value] of Object.entries(settings)) own.searchParams.set(name, value)
    const store = await openStore(own.href)
    opened.push(store)
    return store
  }

  /** What the database says to somebody who is no replica. */
  async function ask<Row extends object>(sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }

  const generationOf = async (store: Store) => (await store.hosts.get('host_1'))?.pinGeneration

  /** Reads, and writes one more than it has read. */
  const step = (store: Store) =>
    store.write(async (rows) => {
      const host = await rows.hosts.get('host_1')
      await rows.hosts.update('host_1', { pinGeneration: (host?.pinGeneration ?? 0) + 1 })
    })

  describe('writers', () => {
    test('that read first follow one another over all replicas: none is lost', async () => {
      const stores = [await replica(), await replica(), await replica()] as const
      await stores[0].hosts.insert(HOST)
      const steps = async (store: Store, count: number) => {
        for (let i = 0; i < count; i++) await step(store)
      }
      await Promise.all([steps(stores[0], 67), steps(stores[1], 67), steps(stores[2], 66)])
      for (const store of stores) expect(await generationOf(store)).toBe(200)
    })

    test('make ids that sort as they have committed, though the clock of one is an hour behind', async () => {
      const [ahead, behind] = [await replica(), await replica()]
      const ids: string[] = []
      const write = (store: Store, ms: number) =>
        store.write(async () => {
          for (let i = 0; i < 3; i++) ids.push(newId('host', new Date(ms)))
        })
      const hour = 3_600_000
      for (let i = 0; i < 10; i++) {
        await write(ahead, hour + i)
        await write(behind, i)
      }
      expect([...ids].sort()).toEqual(ids)
      expect(new Set(ids).size).toBe(60)
    })

    test('do not decide by a database as it was before their turn, whatever the address says', async () => {
      const wrong = await replica({ options: '-c default_transaction_isolation=repeatable\\ read' })
      await expect(wrong.write(async () => 'done')).rejects.toThrow('read committed')
    })
  })

  describe('a transaction', () => {
    test('whose connection is cut leaves nothing, and the next one succeeds', async () => {
      const [store, other] = [await replica({ application_name: 'cut' }), await replica()]
      const cut = store.write(async (rows) => {
        await rows.hosts.insert(HOST)
        await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'cut' AND state = 'idle in transaction'`)
        await rows.hosts.update('host_1', { pinGeneration: 1 })
      })
      await expect(cut).rejects.toThrow()
      expect(await generationOf(other)).toBeUndefined()
      await store.write((rows) => rows.hosts.insert(HOST))
      expect(await generationOf(other)).toBe(0)
    })

    test('that stands still loses its turn before the others lose their patience', async () => {
      const still = await replica({ idle_in_transaction_session_timeout: '500' })
      const other = await replica()
      let isOver = () => {}
      const over = new Promise<void>((resolve) => (isOver = resolve))
      const slow = still.write(async (rows) => {
        await rows.hosts.insert(HOST)
        await over
        await rows.hosts.update('host_1', { pinGeneration: 1 })
      })
      const failed = expect(slow).rejects.toThrow()
      await other.write((rows) => rows.hosts.insert({ ...HOST, hostname: 'of the other' }))
      isOver()
      await failed
      expect((await other.hosts.get('host_1'))?.hostname).toBe('of the other')
    })

    test('may stand still for less long than others wait for it', async () => {
      const opened = await openPostgresql(database.url)
      try {
        const told = await opened.client.$queryRaw<{ name: string; ms: number }[]>`
          SELECT name, setting::int AS ms FROM pg_settings
          WHERE name IN ('lock_timeout', 'idle_in_transaction_session_timeout') ORDER BY name`
        const [idle, lock] = told.map(({ ms }) => ms)
        expect(idle).toBeGreaterThan(0)
        expect(idle).toBeLessThan(lock ?? 0)
      } finally {
        await opened.close()
      }
    })

    test('that waits too long for its turn fails, and nothing of it is kept', async () => {
      const hurried = await replica({ lock_timeout: '300' })
      const holder = new pg.Client({ connectionString: database.url })
      await holder.connect()
      await holder.query('BEGIN')
      await holder.query('SELECT "berth_writer"()')
      const late = await hurried.write((rows) => rows.hosts.insert(HOST)).catch((error: unknown) => error)
      await holder.query('ROLLBACK')
      await holder.end()
      expect([outageOf(late)?.kind, (late as Error).cause]).toEqual([
        'held',
        expect.objectContaining({ message: expect.stringContaining('lock timeout') as string }),
      ])
      expect(await generationOf(hurried)).toBeUndefined()
      await hurried.write((rows) => rows.hosts.insert(HOST))
      expect(await generationOf(hurried)).toBe(0)
    })

    test.each<[why: string, at: string, wasThere: 'before' | 'after', isKept: boolean]>([
      ['as it begins', 'BEGIN', 'before', false],
      ['as it waits for its turn', 'berth_turn', 'before', false],
      ['as it commits, and that was not heard', 'COMMIT', 'before', false],
      ['as it commits, and that was heard', 'COMMIT', 'after', true],
    ])('whose connection breaks %s: the database is away', async (_why, at, side, isKept) => {
      const wire = await breakable(database.url)
      const [store, other] = [await replica({}, wire.url), await replica()]
      wire.breakAt(at, side)
      const lost = await store.write((rows) => rows.hosts.insert(HOST)).catch((error: unknown) => error)
      expect(outageOf(lost)?.kind).toBe('away')
      // Writers follow one another: whatever became of the first one is decided when the next has had its turn.
      await other.write(async () => {})
      expect(await generationOf(other)).toBe(isKept ? 0 : undefined)
      await store.write(async () => {})
      await wire.close()
    })

    test('in which a statement has failed is no success, whoever kept quiet about it', async () => {
      const store = await replica()
      const quiet = store.write(async (rows) => {
        await rows.hosts.insert(HOST)
        await rows.hosts.insert({ ...HOST, machineId: 'another' }).catch(() => {})
      })
      await expect(quiet).rejects.toThrow()
      expect(await generationOf(store)).toBeUndefined()
    })
  })

  describe('notices', () => {
    /** What a replica has heard, in order. */
    function hearing(store: Store) {
      const heard: ForeignWrite[] = []
      let look = () => {}
      store.onForeignWrite((write) => {
        heard.push(write)
        look()
      })
      const until = (count: number) =>
        new Promise<void>((resolve) => {
          look = () => heard.length >= count && resolve()
          look()
        })
      return { heard, until }
    }

    test('come from others, in the order of their commits, and never from oneself', async () => {
      const [one, two] = [await replica(), await replica()]
      const [atOne, atTwo] = [hearing(one), hearing(two)]
      await one.write(
        async () => {},
        () => ['host_a', 'host_b'],
      )
      await two.write(
        async () => {},
        () => ['host_c'],
      )
      await one.write(async () => {})
      await Promise.all([atOne.until(1), atTwo.until(2)])
      expect(atTwo.heard).toEqual([{ hosts: ['host_a', 'host_b'] }, { hosts: [] }])
      expect(atOne.heard).toEqual([{ hosts: ['host_c'] }])
    })

    test('of what was undone do not come', async () => {
      const [one, two] = [await replica(), await replica()]
      const atTwo = hearing(two)
      const undone = one.write(
        async () => {
          throw new Error('undone')
        },
        () => ['host_a'],
      )
      await expect(undone).rejects.toThrow('undone')
      await one.write(
        async () => {},
        () => ['host_b'],
      )
      await atTwo.until(1)
      expect(atTwo.heard).toEqual([{ hosts: ['host_b'] }])
    })

    test('of more hosts than one notice holds say that it may be any', async () => {
      const [one, two] = [await replica(), await replica()]
      const atTwo = hearing(two)
      const many = Array.from({ length: 5000 }, (_, i) => `host_${i}`)
      await one.write(
        async () => {},
        () => many,
      )
      await atTwo.until(1)
      expect(atTwo.heard).toEqual([{ hosts: null }])
    })

    test('come again after the connection was lost, and what was missed may be anything', async () => {
      const [one, two] = [await replica(), await replica({ application_name: 'deaf' })]
      const atTwo = hearing(two)
      const ended = await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'deaf' AND query LIKE 'LISTEN%'`)
      expect(ended).toHaveLength(1)
      await atTwo.until(1)
      expect(atTwo.heard).toEqual([{ hosts: null }])
      await one.write(
        async () => {},
        () => ['host_a'],
      )
      await atTwo.until(2)
      expect(atTwo.heard[1]).toEqual({ hosts: ['host_a'] })
    })
  })

  test('replicas that start at once on an empty database bring it to the schema once', async () => {
    const name = `berth_test_${randomBytes(8).toString('hex')}`
    await onServer(server, `CREATE DATABASE "${name}"`)
    const url = new URL(server)
    url.pathname = `/${name}`
    try {
      const stores = await Promise.all([1, 2, 3].map(() => replica({}, url.href)))
      await stores[0]?.hosts.insert(HOST)
      for (const store of stores) expect(await generationOf(store)).toBe(0)
      for (const store of opened.splice(0)) await store.close()
    } finally {
      await onServer(server, `DROP DATABASE "${name}" WITH (FORCE)`)
    }
  })

  test('an address that leads nowhere is told at the start', async () => {
    const nobody = new URL(database.url)
    nobody.pathname = '/nobody-made-this'
    await expect(openStore(nobody.href)).rejects.toThrow('does not exist')
  })
}

/** A way to a server that breaks, once, when a client says something: before the server hears it, or after. */
async function breakable(to: string) {
  const { hostname, port } = new URL(to)
  let armed: { readonly words: string; readonly side: 'before' | 'after' } | null = null
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, into] of [[near, far] as const, [far, near] as const]) {
      open.add(from)
      from.on('error', () => into.destroy())
      from.on('close', () => into.destroy())
    }
    far.on('data', (said) => near.write(said))
    near.on('data', (said) => {
      const isIt = armed !== null && said.includes(armed.words)
      if (!isIt) return far.write(said)
      if (armed?.side === 'after') far.end(said, () => near.destroy())
      else near.destroy()
      armed = null
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(to)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    breakAt: (words: string, side: 'before' | 'after') => (armed = { words, side }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        open.forEach((socket) => socket.destroy())
      }),
  }
}
