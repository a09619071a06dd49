import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mould, type Mould } from './mould.ts'
import { gateBeforeSqlite, type Fault } from './statements/gate.ts'
import { fillGoodWorld, goodRequests, type GoodWorld } from './statements/good-requests.ts'
import { injectEach, injectSome, type Injected } from './statements/inject.ts'
import { ASKED, keepTally } from './tally.ts'

const LONG_RUN = 24 * 60 * 60 * 1000

const FAULTS: readonly (Fault & { readonly why: string })[] = [
  {
    why: 'the disk is full',
    code: 'SQLITE_FULL',
    rawCode: 13,
    message: 'database or disk is full',
    isUndone: true,
  },
  {
    why: 'the disk is full, and the rest still stands',
    code: 'SQLITE_FULL',
    rawCode: 13,
    message: 'database or disk is full',
    isUndone: false,
  },
  {
    why: 'the disk does not write',
    code: 'SQLITE_IOERR_FSYNC',
    rawCode: 1034,
    message: 'disk I/O error',
    isUndone: true,
  },
  {
    why: 'the disk does not read',
    code: 'SQLITE_IOERR_READ',
    rawCode: 266,
    message: 'disk I/O error',
    isUndone: false,
  },
  {
    why: 'another process writes',
    code: 'SQLITE_BUSY',
    rawCode: 5,
    message: 'database is locked',
    isUndone: false,
  },
  {
    why: 'it was made read-only',
    code: 'SQLITE_READONLY',
    rawCode: 8,
    message: 'attempt to write a readonly database',
    isUndone: false,
  },
  {
    why: 'it is damaged',
    code: 'SQLITE_CORRUPT',
    rawCode: 11,
    message: 'database disk image is malformed',
    isUndone: false,
  },
  {
    why: 'the statement itself is wrong',
    code: 'SQLITE_ERROR',
    rawCode: 1,
    message: 'SQL logic error',
    isUndone: false,
  },
]

describe('a statement that fails', () => {
  const gate = gateBeforeSqlite()
  let good: Mould<GoodWorld>
  beforeAll(async () => {
    good = await mould(fillGoodWorld)
  }, LONG_RUN)
  afterAll(() => good.close())

  test(
    'leaves the answer whole, or everything as it was',
    async () => {
      const began = performance.now()
      const asked = goodRequests(good.world).map((request, i) => {
        // In a short run each request meets one of them, and each of them some requests.
        const faults = ASKED.isLong ? FAULTS : [FAULTS[i % FAULTS.length] as Fault]
        return faults.map((fault) => ({ request, fault }))
      })
      const all: Injected[] = ASKED.isLong ? [] : [await injectSome(good, gate, asked.flat())]
      for (const one of ASKED.isLong ? asked.flat() : []) all.push(await injectEach(good, gate, one))
      const sum = (of: (one: Injected) => number) => all.reduce((total, one) => total + of(one), 0)
      const wrong = all.flatMap((one) => one.wrong)
      keepTally({
        ...{ kind: 'statements', seed: ASKED.seed, seconds: (performance.now() - began) / 1000, kills: 0 },
        ...{ faults: sum((one) => one.faults), requests: sum((one) => one.requests) },
        ...{ acknowledged: sum((one) => one.acknowledged), lost: sum((one) => one.lost), doubleGrants: 0 },
        ...{ wrong: wrong.length, remarks: [] },
      })
      expect(wrong).toEqual([])
    },
    LONG_RUN,
  )
})
