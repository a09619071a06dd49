import { expect, test } from 'vitest'
import { decide } from '../../src/rollout/decide.ts'
import { haltReason } from '../../src/rollout/halt.ts'
import type { Lease } from '../../src/rollout/lease.ts'
import { handedBack, heard, judged, type JudgedOutcome } from '../../src/rollout/report.ts'
import { cameBack, type Fallback } from '../../src/rollout/roll-back.ts'
import type { Member } from '../../src/rollout/rollout.ts'
import type { RolloutSpec } from '../../src/rollout/spec.ts'
import { after, minutes, rollout, SPEC, T0, withMember, words, type Wanted } from './world.ts'

const lease: Lease = {
  ...{ pool: 'default', fence: 7, holder: 'h1', rollout: 'roll_1' },
  ...{ grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
}
const NOW = T0 + minutes(5)
const RUNS: Fallback = { entry: 'boot_0', runs: true }
const NOT: Fallback = { entry: 'boot_0', runs: false }

function away(member: Partial<Member> = {}, wanted: Wanted = {}) {
  const spec = { onFailure: 'roll-back', ...wanted.spec } as const
  const state = rollout({ ...wanted, spec, pool: { leases: [lease], lastFence: 7 } })
  return withMember(state, 'h1', { state: 'rebooting', fence: 7, boot: 'b0', ...member })
}

type Row = [
  why: string,
  outcome: JudgedOutcome,
  fallback: Fallback | null,
  member: Partial<Member>,
  wanted: Wanted,
  changes: string,
]
const FREED = 'lease release h1'
const held: Partial<RolloutSpec> = { onFailure: 'hold' }
const twice: Partial<RolloutSpec> = { attempts: { ...SPEC.attempts, most: 2 } }

test.each<Row>([
  ['it landed', 'landed', RUNS, {}, {}, `land ${FREED}`],
  ['it went as it was asked to', 'cold-booted', RUNS, { mode: 'cold' }, {}, `cold-boot ${FREED}`],
  ['it runs the old one already', 'cold-booted', RUNS, {}, {}, `cold-boot roll-back ${FREED}`],
  ['it runs something else', 'landed-elsewhere', NOT, {}, {}, 'land-elsewhere fall-back'],
  [
    'firmware booted something else',
    'landed-elsewhere',
    NOT,
    { mode: 'cold' },
    {},
    'land-elsewhere fall-back',
  ],
  ['it was given up, and is back', 'cold-booted', NOT, { state: 'missing' }, {}, 'cold-boot fall-back'],
  ['nothing is known to go back to', 'cold-booted', null, {}, {}, `cold-boot ${FREED}`],
  ['the rollout holds hosts', 'cold-booted', RUNS, {}, { spec: held }, `cold-boot ${FREED}`],
  ['it never left its boot', 'failed', NOT, { boot: null }, {}, `fail ${FREED}`],
  ['it may try again', 'failed', RUNS, {}, { spec: twice }, `fail ${FREED}`],
  ['it may not try again', 'failed', RUNS, { failures: 1 }, { spec: twice }, `fail roll-back ${FREED}`],
  ['it went back', 'landed', RUNS, { fallback: 'boot_0' }, {}, `roll-back ${FREED}`],
  [
    'it went back, but to another place',
    'landed-elsewhere',
    RUNS,
    { fallback: 'boot_0' },
    {},
    `roll-back ${FREED}`,
  ],
  ['it did not get back', 'cold-booted', NOT, { fallback: 'boot_0' }, {}, `fail ${FREED}`],
  [
    'the rollout was cancelled',
    'cold-booted',
    NOT,
    {},
    { rollout: { phase: 'cancelled' } },
    `cold-boot ${FREED}`,
  ],
  [
    'the rollout was cancelled, and it is back',
    'cold-booted',
    RUNS,
    {},
    { rollout: { phase: 'cancelled' } },
    `cold-boot roll-back ${FREED}`,
  ],
])('%s: %s', (_why, outcome, fallback, member, wanted, want) => {
  const changes = judged(away(member, wanted), 'h1', { fence: 7, outcome, because: 'seen', fallback }, NOW)
  const told = changes.ok ? words(changes.value).map((w) => w.replace(/^member (.*) h1$/, '$1')) : []
  expect(told.join(' ')).toBe(want)
})

/** A host that is to go back. */
function goingBack(wanted: Wanted = {}) {
  const state = away({}, wanted)
  const by = { fence: 7, outcome: 'cold-booted', because: 'seen', fallback: NOT } as const
  return after(state, judged(state, 'h1', by, NOW))
}

test('it keeps its place, and is granted its way back under a new token', () => {
  const state = goingBack()
  expect(state.members[0]).toMatchObject({ state: 'rolling-back', fence: null, fallback: 'boot_0' })
  expect(decide(state, 'h2', NOW).decision.verdict).toBe('wait')
  const { decision, changes } = decide(state, 'h1', NOW, 'cold')
  expect(decision).toMatchObject({ verdict: 'grant', fence: 8 })
  expect(words(changes)).toEqual(['heard h1', FREED, 'lease acquire h1', 'member grant h1'])
  const granted = after(state, changes)
  expect(granted.members[0]).toMatchObject({ state: 'rolling-back', fence: 8, mode: 'cold', plan: null })
  expect(words(decide(granted, 'h1', NOW).changes)).toEqual(['heard h1'])
  const back = after(granted, handedBack(granted, 'h1', { fence: 8, because: 'the window has closed' }, NOW))
  expect(back.members[0]).toMatchObject({ state: 'rolling-back', fence: null, fallback: 'boot_0' })
})

test('one that fell silent before it went back is still to go back', () => {
  const state = withMember(goingBack(), 'h1', { state: 'missing' })
  expect(words(heard(state, 'h1', NOW))).toEqual(['member fall-back h1'])
})

test('whoever was booted by somebody else to what it was to go back to is back', () => {
  const state = goingBack()
  expect(words(cameBack(state, 'h1', 'boot_0', NOW))).toEqual(['member roll-back h1', FREED])
  expect(cameBack(state, 'h1', 'boot_9', NOW)).toEqual([])
  expect(cameBack(state, 'h2', 'boot_0', NOW)).toEqual([])
})

test.each<[why: string, change: Partial<Member>, halts: boolean]>([
  ['a cold boot that was not asked for', { outcome: 'cold-booted' }, true],
  ['a cold boot that was', { outcome: 'cold-booted', mode: 'cold' }, false],
  ['a landing elsewhere, whatever was asked for', { outcome: 'landed-elsewhere', mode: 'cold' }, true],
  ['a host that went back', { outcome: 'rolled-back' }, true],
  ['one that somebody has seen already', { outcome: 'rolled-back', acknowledged: true }, false],
])('%s counts: %#', (_why, change, halts) => {
  const spec = { halt: { ...SPEC.halt, failures: { count: 1 } } }
  const state = withMember(rollout({ spec }), 'h1', change)
  expect(haltReason(state, NOW) !== null).toBe(halts)
})
