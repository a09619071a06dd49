import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPostgresql } from '../../src/store/database-url.ts'
import type { Database } from '../../src/store/database.ts'
import type { BootEntry, Host, Pin, RebootDuration } from '../../src/store/generated/sqlite/client.ts'
import { outageOf } from '../../src/store/outage.ts'
import { plain, type Where } from '../../src/store/plain.ts'
import { openPostgresql } from '../../src/store/postgresql/open.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Sql } from '../../src/store/sql.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

let fresh: TestDatabase
let database: Database
beforeEach(async () => {
  fresh = await freshDatabase()
  database = await (isPostgresql(fresh.url) ? openPostgresql(fresh.url) : openSqlite(fresh.url))
})
afterEach(async () => {
  await database.close()
  await fresh.drop()
})

const LATE = new Date('9999-12-31T23:59:59.999Z')
const HOST: Host = {
  ...{ id: 'h', machineId: 'm', hostname: 'ß\u{1f680}', arch: 'arm64', hardwareModel: '', group: null },
  ...{ labels: '{}', state: 'active', stateReason: '', credentialHash: '', credentialSince: null },
  ...{ nextCredentialHash: null, nextCredentialAt: LATE, certificate: null, bootedPlanId: null },
  ...{ pinGeneration: -(2 ** 31), createdAt: new Date(0), stateSince: null, optOutReason: null },
  ...{ optOutAt: null, rebootMode: null, loadRefusal: null, loadRefusalSince: null, release: '6.12' },
  assignmentSerial: 2 ** 31 - 1,
}
const ENTRY: BootEntry = {
  ...{ id: 'b', title: '', version: '', architecture: '', linuxSha256: '', linuxSize: 2n ** 62n },
  ...{ linuxHeader: Uint8Array.of(0, 1, 255, 128), initrdSha256: null, initrdSize: null, options: "'$1" },
  ...{
    createdAt: new Date('2026-11-29T12:00:00.001Z'),
    devicetree: new Uint8Array(),
    devicetreeSha256: null,
  },
}
const PIN: Pin = {
  ...{ hostId: 'h', purpose: 'reboot', kind: 'kernel', mem: '0x1000', room: 4096n, reason: '', setBy: '' },
  ...{ setAt: new Date(1), loose: true },
}
const DURATION: RebootDuration = {
  ...{ planId: 'p', at: new Date(2), way: 'kexec', arch: 'arm64', hardwareModel: '', seconds: 0.1 },
}

describe('a row is the same by plain statements and by Prisma', () => {
  test.each<[why: string, table: 'Host' | 'BootEntry' | 'Pin' | 'RebootDuration', row: object]>([
    ['texts, times, integers and what is missing', 'Host', HOST],
    ['bytes, none of them, and 64 bits', 'BootEntry', ENTRY],
    ['true', 'Pin', PIN],
    ['false', 'Pin', { ...PIN, loose: false }],
    ['a fraction', 'RebootDuration', DURATION],
    ['a whole number where there may be a fraction', 'RebootDuration', { ...DURATION, seconds: 3 }],
  ])('%s', async (_why, name, row) => {
    const { client, sql } = database
    const table = plain<object>(client, sql, name)
    const prisma = (client as never)[(name[0]?.toLowerCase() ?? '') + name.slice(1)] as {
      create(asked: { data: object }): Promise<object>
      deleteMany(): Promise<unknown>
      findMany(): Promise<object[]>
    }
    if (name === 'Pin') await client.host.create({ data: HOST })
    await prisma.create({ data: row })
    expect(await table.find({})).toEqual([row])
    await prisma.deleteMany()
    await table.insert(row)
    expect(await prisma.findMany()).toEqual([row])
    expect(await table.find({})).toEqual([row])
  })
})

describe('which rows', () => {
  test.each<[why: string, where: Where<Host>, want: string[]]>([
    ['every one', {}, ['a', 'b', 'c']],
    ['with a value', { release: '6.1' }, ['b']],
    ['without one', { release: null }, ['a']],
    ['with one of several', { id: ['a', 'c', 'x'] }, ['a', 'c']],
    ['with one of none', { id: [] }, []],
    ['all that is asked', { id: ['a', 'b'], release: '6.1' }, ['b']],
  ])('%s', async (_why, where, want) => {
    const hosts = plain<Host>(database.client, database.sql, 'Host')
    const rows = [null, '6.1', '6.12'].map((release, i) => {
      const id = ['a', 'b', 'c'][i] ?? ''
      return { ...HOST, id, machineId: id, release }
    })
    await hosts.insert(...rows)
    const found = await hosts.find(where, { columns: ['id'], order: { by: 'id' } })
    expect(found).toEqual(want.map((id) => ({ id })))
    const last = await hosts.find(where, { order: { by: 'id', desc: true, limit: 1 } })
    expect(last.map(({ id }) => id)).toEqual(want.slice(-1))
    const changed = await hosts.changed(where, { group: 'g' })
    expect(changed.map(({ id, group }) => [id, group]).sort()).toEqual(want.map((id) => [id, 'g']))
    expect(await hosts.change(where, {})).toBe(0)
    expect((await hosts.changed(where, {})).map(({ id }) => id).sort()).toEqual(want)
    expect(await hosts.change({ group: 'g' }, { hostname: 'other' })).toBe(want.length)
    expect(await hosts.remove({ group: 'g' })).toBe(want.length)
  })

  test('nothing is said of a column: that is no statement', async () => {
    const hosts = plain<Host>(database.client, database.sql, 'Host')
    await expect(hosts.find({ id: undefined as never })).rejects.toThrow('nothing is said of id')
  })
})

test('both ways are in one transaction, and what it undoes neither has written', async () => {
  const undone = database.transaction(
    async (db, sql) => {
      const hosts = plain<Host>(db, sql, 'Host')
      await hosts.insert(HOST)
      await db.host.update({ where: { id: 'h' }, data: { hostname: 'by Prisma' } })
      expect((await hosts.one({ id: 'h' }))?.hostname).toBe('by Prisma')
      throw new Error('on purpose')
    },
    () => [],
  )
  await expect(undone).rejects.toThrow('on purpose')
  expect(await database.client.host.count()).toBe(0)
})

test.each<[why: string, ends: boolean]>([
  ['after a transaction was committed nothing more comes into it', true],
  ['nor after it was undone', false],
])('%s', async (_why, ends) => {
  const kept: Sql[] = []
  const work = database.transaction(
    async (_db, sql) => {
      kept.push(sql)
      if (!ends) throw new Error('on purpose')
    },
    () => [],
  )
  await work.catch(() => {})
  const late = plain<Host>(database.client, kept[0] as Sql, 'Host').insert(HOST)
  const thrown: unknown = await late.catch((error: unknown) => error)
  expect(outageOf(thrown)?.kind).toBe('slow')
  expect(await database.client.host.count()).toBe(0)
})

test('of many transactions at once, beside what Prisma begins by itself, each has its own', async () => {
  const { client, sql } = database
  await plain<Host>(client, sql, 'Host').insert(HOST)
  const one = (n: number) =>
    database.transaction(
      async (db, own) => {
        const hosts = plain<Host>(db, own, 'Host')
        const id = `h${n}`
        await hosts.insert({ ...HOST, id, machineId: id })
        await db.host.update({ where: { id }, data: { hostname: id } })
        if (n % 2 === 1) throw new Error('on purpose')
      },
      () => [],
    )
  const asked = Array.from({ length: 10 }, (_, n) => [
    one(n),
    client.host.update({ where: { id: 'h' }, data: { hostname: `by ${n}` } }),
  ])
  const done = await Promise.allSettled(asked.flat())
  expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(5)
  const ids = await client.host.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
  expect(ids.map(({ id }) => id)).toEqual(['h', 'h0', 'h2', 'h4', 'h6', 'h8'])
})
