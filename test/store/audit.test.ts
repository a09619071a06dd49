import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'
import { auditOf } from './audit-of.ts'
import { rawSql, tamper } from './raw-sql.ts'
import { writersAt } from './writers-at.ts'

let database: TestDatabase
let store: Store
beforeEach(async () => {
  database = await freshDatabase()
  store = await openStore(database.url)
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

let made = 0
const entry = (change: object = {}) => {
  const id = `aud_${String(++made).padStart(6, '0')}`
  const said = { actor: 'key_1', action: 'test', target: 't', detail: {}, requestId: 'r' }
  return { id, at: new Date(made), ...said, ...change }
}
const appended = async (count: number) => {
  for (let i = 0; i < count; i++) await store.audit.append(entry())
}
const whole = (entries: number) => ({ entries, first: 1, faults: [] })

test('entries are numbered from 1, and each has the hash of the one before', async () => {
  const [first, second] = [await store.audit.append(entry()), await store.audit.append(entry())]
  expect([first.seq, first.prevHash]).toEqual([1, '0'.repeat(64)])
  expect([second.seq, second.prevHash]).toEqual([2, first.hash])
  expect(await store.audit.last()).toEqual(second)
  expect(await auditOf(store)).toMatchObject(whole(2))
})

test('several in one transaction follow one another, at once or in turn', async () => {
  await store.write(async ({ audit }) => {
    await Promise.all([1, 2, 3].map((i) => audit.append(entry({ target: `at once ${i}` }))))
    await audit.append(entry({ target: 'in turn' }))
  })
  expect(await auditOf(store)).toMatchObject(whole(4))
})

test('what a transaction undoes leaves no gap', async () => {
  await appended(1)
  const undone = store.write(async ({ audit }) => {
    await audit.append(entry())
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  expect((await store.audit.append(entry())).seq).toBe(2)
  expect(await auditOf(store)).toMatchObject(whole(2))
})

test('an entry that the database refuses leaves no gap', async () => {
  const twice = entry()
  await store.audit.append(twice)
  await expect(store.audit.append(twice)).rejects.toThrow()
  expect((await store.audit.append(entry())).seq).toBe(2)
  expect(await auditOf(store)).toMatchObject(whole(2))
})

test('many writers at once, in one process', async () => {
  const write = (i: number) => store.write(({ audit }) => audit.append(entry({ target: `t${i}` })))
  await Promise.all(Array.from({ length: 60 }, (_, i) => write(i)))
  expect(await auditOf(store)).toMatchObject(whole(60))
})

test('many writers at once, in three processes on one database', async () => {
  await appended(1)
  await writersAt(database.url, { names: ['a', 'b', 'c'], entries: 40 })
  expect(await auditOf(store)).toMatchObject(whole(121))
  const rows = await store.audit.list({ after: null, limit: 200 }, {})
  expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set(['key_1', 'a', 'b', 'c']))
})

test.each([
  ['comes back as it went', 'ü😀\u0007"\\ud800', 'ü😀\u0007"\\ud800'],
  ['without what no database keeps', '\ud800-\udc00-\0-😀', '\ufffd-\ufffd-\ufffd-😀'],
])('whatever an entry holds %s, and its hash is right', async (_why, text, kept) => {
  const holding = (word: string) => ({
    z: 1,
    10: 'ten',
    9: null,
    nested: { b: [1.5, -0, 1e21, word], a: {} },
  })
  await store.audit.append(entry({ target: text, detail: { ...holding(text), gone: undefined } }))
  const [row] = await store.audit.list({ after: null, limit: 1 }, {})
  expect([row?.target, JSON.parse(row?.detail ?? '')]).toEqual([
    kept,
    JSON.parse(JSON.stringify(holding(kept))),
  ])
  expect(await auditOf(store)).toMatchObject(whole(1))
})

test('pages follow the chain, in both directions, also where two entries bear one number', async () => {
  await appended(7)
  await tamper(
    database.url,
    `INSERT INTO "AuditEntry" ("id", "at", "actor", "action", "target", "detail", "requestId", "seq", "prevHash", "hash")
     SELECT 'aud_zzz', "at", "actor", "action", "target", "detail", "requestId", "seq", "prevHash", "hash"
     FROM "AuditEntry" WHERE "seq" = 3`,
  )
  for (const [order, expected] of [
    ['oldest', [1, 2, 3, 3, 4, 5, 6, 7]],
    ['newest', [7, 6, 5, 4, 3, 3, 2, 1]],
  ] as const) {
    for (const limit of [1, 2, 3, 8]) {
      const seen: number[] = []
      for (let after: { seq: number; id: string } | null = null; ;) {
        const rows = await store.audit.list({ after, limit, order }, {})
        seen.push(...rows.slice(0, limit).map(({ seq }) => seq))
        if (rows.length <= limit) break
        after = rows[limit - 1] ?? null
      }
      expect(seen).toEqual(expected)
    }
  }
  const from5 = await store.audit.list({ after: null, limit: 9 }, { since: 5 })
  expect(from5.map(({ seq }) => seq)).toEqual([5, 6, 7])
})

test.each([
  ['changed', `UPDATE "AuditEntry" SET "actor" = 'x'`, 'append-only'],
  ['moved', `UPDATE "AuditEntry" SET "seq" = 70`, 'append-only'],
  [
    'taken out of the chain',
    `UPDATE "AuditEntry" SET "seq" = NULL, "prevHash" = NULL, "hash" = NULL`,
    'append-only',
  ],
  ['deleted', `DELETE FROM "AuditEntry"`, 'append-only'],
  [
    'written without a place',
    `INSERT INTO "AuditEntry" ("id", "at", "actor", "action", "target", "detail", "requestId")
     SELECT 'aud_zzz', "at", "actor", "action", "target", "detail", "requestId" FROM "AuditEntry"`,
    'place in the chain',
  ],
])('no entry can be %s, not even by SQL', async (_why, sql, refusal) => {
  await appended(1)
  await expect(rawSql(database.url, sql)).rejects.toThrow(refusal)
  expect(await auditOf(store)).toMatchObject(whole(1))
})

test('an entry without a place gets one with the next start, behind what there is', async () => {
  await appended(2)
  await tamper(
    database.url,
    `INSERT INTO "AuditEntry" ("id", "at", "actor", "action", "target", "detail", "requestId")
     SELECT 'aud_00' || "id", "at", "actor", "action", "target", "detail", "requestId" FROM "AuditEntry"`,
  )
  await store.close()
  store = await openStore(database.url)
  expect(await auditOf(store)).toMatchObject(whole(4))
  const rows = await store.audit.list({ after: null, limit: 9 }, {})
  expect(rows.map(({ id }) => id.startsWith('aud_00aud'))).toEqual([false, false, true, true])
})
