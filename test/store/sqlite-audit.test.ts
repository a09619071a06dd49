import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { auditOf } from './audit-of.ts'
import { rawSql } from './raw-sql.ts'
import { writersAt } from './writers-at.ts'

// Of SQLite there are databases from before the audit was a chain.
const OWN = '20261001000000_audit_chain'
const MIGRATIONS = fileURLToPath(new URL('../../prisma/sqlite/migrations/', import.meta.url))

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'berth-audit-'))
  const before = path.join(dir, 'before')
  const isBefore = (name: string) => !/^\d{14}_/.test(name) || name < OWN
  await cp(MIGRATIONS, before, { recursive: true, filter: (source) => isBefore(path.basename(source)) })
  await migrateSqlite(url(), pathToFileURL(`${before}/`))
})
afterEach(() => rm(dir, { recursive: true }))

const url = () => `file:${path.join(dir, 'berth.db')}`
const raw = (script: string) => rawSql(url(), script)
const AT = '2030-01-01T00:00:00.000+00:00'

test('entries from before get their places with the first start, the oldest first, and nothing else changes', async () => {
  // More of them than one step takes.
  const rows = Array.from({ length: 1203 }, (_, i) => {
    const id = `aud_${String(1202 - i).padStart(6, '0')}`
    return `('${id}', '${AT}', 'key_1', 'test', 't${i}', '{"z":${i},"a":1}', 'r')`
  })
  await raw(`INSERT INTO "AuditEntry" VALUES ${rows.join(', ')};`)
  await raw(`INSERT INTO "AuditEntry" VALUES ('aud_zzz', '${AT}', 'a', 'b', 'c', 'no JSON', 'r');`)
  // Two that start at once give no place twice.
  await writersAt(url(), { names: ['a', 'b'], entries: 3 })
  const store = await openStore(url())
  onTestFinished(() => store.close())
  expect(await auditOf(store)).toMatchObject({ entries: 1210, first: 1, faults: [] })
  const kept = await store.audit.list({ after: null, limit: 2000 }, {})
  expect([kept[0]?.id, kept[0]?.detail, kept[1203]?.id]).toEqual([
    'aud_000000',
    '{"z":1202,"a":1}',
    'aud_zzz',
  ])
  await expect(raw(`UPDATE "AuditEntry" SET "actor" = 'x' WHERE "seq" = 1`)).rejects.toThrow('append-only')
  await expect(raw(`DELETE FROM "AuditEntry" WHERE "seq" = 1`)).rejects.toThrow('append-only')
  expect(await auditOf(store)).toMatchObject({ entries: 1210, faults: [] })
})

test.each([
  ['its place, and something else', `"seq" = 1, "prevHash" = 'p', "hash" = 'h', "actor" = 'x'`],
  ['half a place', `"seq" = 1`],
  ['something else', `"actor" = 'x'`],
])('one that has no place yet cannot be given %s', async (_why, change) => {
  await raw(`INSERT INTO "AuditEntry" VALUES ('aud_1', '${AT}', 'a', 'b', 'c', '{}', 'r');`)
  await migrateSqlite(url())
  await expect(raw(`UPDATE "AuditEntry" SET ${change}`)).rejects.toThrow('append-only')
})
