import type { Checkpoint } from '../../../../src/audit/checkpoint.ts'
import { auditWalk } from '../../../../src/audit/walk.ts'
import { sha256 } from '../../../../src/store/sha256.ts'
import { bodyOf, isGood, only, type Check } from '../history.ts'

/** The audit is one chain over all replicas, and it bears out every head that any of them has told. */
export const chainWhole: Check = ({ held, ...history }) => {
  const told = only(history, 'head').filter(isGood)
  const checkpoints = told.map((one) => bodyOf<Checkpoint>(one))
  const walk = auditWalk({ sha256, checkpoints })
  held.chain.forEach(walk.see)
  const { entries, faults } = walk.end()
  return { looked: entries + checkpoints.length, violations: faults.map(({ sentence }) => sentence) }
}

/** No replica tells of an earlier head than one that was told before it was asked. */
export const headsRise: Check = (history) => {
  const told = only(history, 'head').filter(isGood)
  const seqOf = (one: (typeof told)[number]) => bodyOf<Checkpoint>(one).seq
  const violations = told.flatMap((one) => {
    const before = told.filter(({ ended }) => ended < one.began).map(seqOf)
    const highest = Math.max(0, ...before)
    return seqOf(one) < highest
      ? [`${one.id} tells of entry ${seqOf(one)}, after entry ${highest} was told`]
      : []
  })
  return { looked: told.length, violations }
}
