import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import { newId } from '../../../src/store/new-id.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { recordedIo } from '../../cli/recorded-io.ts'
import { freshDatabase, SERVER, type TestDatabase } from '../../database.ts'
import { startApi } from '../../http/api.ts'
import { auditOf } from '../audit-of.ts'
import { contentsOf } from '../upgrade/contents.ts'
import { lived } from '../upgrade/lived.ts'
import { change, freshFile, imported, linesIn } from './told.ts'

/** Later than any clock: an id that a clock which was ahead has made. */
const LATER = `z${'0'.repeat(25)}`

/** A database that was in use, and then one after another, each filled from the one before it. */
const databases: TestDatabase[] = []
beforeAll(async () => {
  const first = await freshDatabase()
  databases.push(first)
  const api = await startApi({ database: { ...first, drop: async () => {} } })
  await lived(api)
  const [webhook = { id: '' }] = await api.store.webhooks.list({ after: null, limit: 1 })
  const sent = { webhookId: webhook.id, messageId: 'msg_1', kind: 'k', attempt: 1, at: new Date(0) }
  await api.store.webhookDeliveries.insert({
    id: 'dlv_1',
    ...sent,
    outcome: 'gone',
    status: null,
    detail: 'é\n"',
  })
  await change(api.store, 'ahead', LATER)
  await api.close()
  // With a server there is a file between two of PostgreSQL, and a PostgreSQL between two files.
  const others =
    SERVER === undefined
      ? [freshFile()]
      : [freshFile(), await freshDatabase(), await freshDatabase(), freshFile()]
  for (const database of others) {
    const { lines } = await linesIn((databases.at(-1) as TestDatabase).url)
    databases.push(database)
    await imported(lines, database.url)
  }
})
afterAll(async () => {
  for (const database of databases) await database.drop()
})

/** As the engine itself has them, in an order of their own. */
async function kept(url: string) {
  const tables = [...(await contentsOf(url))]
  return tables.map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).sort()] as const).sort()
}
const sqlite = () => databases.filter(({ url }) => url.startsWith('file:'))
const postgresql = () => databases.filter(({ url }) => !url.startsWith('file:'))

test('every table had rows: what is not there proves nothing', async () => {
  const empty = (await kept(databases[0]?.url ?? '')).filter(([, rows]) => rows.length === 0)
  expect(empty).toEqual([])
})

test.each([
  ['files', sqlite],
  ['databases of PostgreSQL', postgresql],
])('each value is what it was, as the engine itself has it: %s', async (_engine, all) => {
  const contents = await Promise.all(all().map(({ url }) => kept(url)))
  for (const one of contents) expect(one).toEqual(contents[0])
})

test('every database is told in the same lines', async () => {
  const told = await Promise.all(databases.map(async ({ url }) => (await linesIn(url)).lines.slice(1, -1)))
  for (const lines of told) expect(lines).toEqual(told[0])
  expect(told[0]?.length).toBeGreaterThan(200)
})

test('a service goes on behind what came: audit, events, ids, triggers', async () => {
  for (const { url } of databases) {
    const verified = async () => {
      const io = recordedIo()
      return [await runProgram(['audit', 'verify', '--database', url], io), io.stdout()] as const
    }
    expect(await verified()).toEqual([0, expect.stringContaining('each is as it was written')])
    const store = await openStore(url)
    try {
      const before = { audit: (await store.audit.last())?.seq ?? 0, events: await store.events.kept() }
      const id = await store.write(async () => newId('ev', new Date()).slice(3))
      // Where a clock was ahead, ids go on behind what it has made. In the first PostgreSQL that is no turn of its own.
      if (SERVER === undefined || url !== databases[0]?.url) expect([id > LATER, url]).toEqual([true, url])
      await change(store, `next-${id}`, id)
      expect((await store.audit.last())?.seq).toBe(before.audit + 1)
      const last = before.events?.last ?? 0
      // One for the timeline, and one for the audit.
      expect((await store.events.after(last, 9)).map(({ seq }) => seq)).toEqual([last + 1, last + 2])
      expect((await auditOf(store)).faults).toEqual([])
      await expect(store.write(({ timeline }) => timeline.append({ ...ORPHAN }))).rejects.toThrow()
    } finally {
      await store.close()
    }
    expect((await verified())[0]).toBe(0)
  }
})
const ORPHAN = {
  id: 'ev_x',
  hostId: 'host_none',
  at: new Date(0),
  kind: '',
  detail: '',
  plan: null,
  snapshot: null,
}
