import { expect, test } from 'vitest'
import { DatabaseOut, outageOf, unsure, type OutageKind } from '../../src/store/outage.ts'

/** As Prisma hands on what its adapter for an engine has made of a failure. */
const known = (cause: object, code = 'P2039') =>
  Object.assign(new Error('Database error'), {
    code,
    clientVersion: '7.10.0',
    meta: { driverAdapterError: Object.assign(new Error('x'), { cause }) },
  })
const sqlite = (result: number) => known({ kind: 'sqlite', originalCode: String(result) })
const postgresql = (state: string) => known({ kind: 'postgres', originalCode: state, code: state })
const passed = (message: string, more: object = {}) =>
  Object.assign(new Error(message), { clientVersion: '7.10.0', ...more })

test.each<[why: string, thrown: unknown, want: OutageKind | null]>([
  ['SQLITE_FULL', sqlite(13), 'full'],
  ['SQLITE_READONLY', sqlite(8), 'read-only'],
  ['SQLITE_READONLY_DBMOVED', sqlite(1032), 'read-only'],
  ['SQLITE_IOERR_WRITE', sqlite(778), 'failing'],
  ['SQLITE_CORRUPT', sqlite(11), 'damaged'],
  ['SQLITE_NOTADB', sqlite(26), 'damaged'],
  ['SQLITE_BUSY, of which the adapter keeps no more', known({ kind: 'SocketTimeout' }, 'P1008'), 'held'],
  [
    'what libsql throws itself',
    Object.assign(new Error('locked'), { code: 'SQLITE_BUSY', rawCode: 5 }),
    'held',
  ],
  ['a row that is there already', known({ kind: 'UniqueConstraintViolation', originalCode: '1555' }), null],
  ['a trigger that refuses', sqlite(1811), null],
  ['an error in SQL', sqlite(1), null],
  ['a disk of PostgreSQL that is full', postgresql('53100'), 'full'],
  ['a standby', postgresql('25006'), 'read-only'],
  ['a server that stops', postgresql('57P01'), 'away'],
  ['one that starts', postgresql('57P03'), 'away'],
  ['one without a place for us', known({ kind: 'TooManyConnections', originalCode: '53300' }), 'away'],
  ['a statement that took too long', postgresql('57014'), 'slow'],
  ['a lock that nobody gave', postgresql('55P03'), 'held'],
  ['a row that is there already, on PostgreSQL', postgresql('23505'), null],
  ['nobody at that port', known({ kind: 'DatabaseNotReachable' }, 'P1001'), 'away'],
  ['a connection that broke in a transaction', passed('Connection terminated unexpectedly'), 'away'],
  ['a transaction that began too late', passed('Transaction API error', { code: 'P2028' }), 'slow'],
  ['somebody else who cannot be reached', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), null],
  ['somebody else whose connection broke', new Error('Connection terminated unexpectedly'), null],
  ['what knows itself', new DatabaseOut('gone'), 'gone'],
  ['nothing', undefined, null],
])('%s', (_why, thrown, want) => {
  expect(outageOf(thrown)?.kind ?? null).toBe(want)
})

test('an outage in a commit says that nobody knows, and keeps its kind', () => {
  const { kind, detail, retryAfter } = unsure(new DatabaseOut('full').outage)
  expect([kind, retryAfter]).toEqual(['full', 30])
  expect(detail).toMatch(/disk of the database is full.*not known/)
})
