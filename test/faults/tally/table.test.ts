import { expect, test } from 'vitest'
import { faultsIn, type Kept } from '../table.mjs'

const GOOD: Kept = {
  ...{ kind: 'hostile', engine: 'SQLite', seed: 1, seconds: 1, kills: 0, faults: 5, requests: 5 },
  ...{ acknowledged: 2, lost: 0, doubleGrants: 0, wrong: 0, remarks: [] },
}

test.each<[why: string, all: Kept[], kinds: string[], faults: string[]]>([
  ['all is 0 that has to be', [GOOD], ['hostile'], []],
  ['something was lost', [GOOD, { ...GOOD, lost: 1 }], ['hostile'], ['hostile, SQLite, seed 1: lost is 1']],
  ['granted twice', [{ ...GOOD, doubleGrants: 2 }], [], ['hostile, SQLite, seed 1: doubleGrants is 2']],
  ['answered wrongly', [{ ...GOOD, wrong: 3 }], [], ['hostile, SQLite, seed 1: wrong is 3']],
  ['a kind that ended before it counted', [GOOD], ['hostile', 'sigkill'], ['sigkill came to no tally']],
])('the table of faults: %s', (_why, all, kinds, faults) => {
  expect(faultsIn(all, kinds)).toEqual(faults)
})
