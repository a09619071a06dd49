import { describe, expect, test } from 'vitest'
import type { Lease } from '../../src/rollout/lease.ts'
import { deleted, handedBack, heard, judged, skipped } from '../../src/rollout/report.ts'
import type { Member } from '../../src/rollout/rollout.ts'
import { MEMBER_STATES, type MemberState } from '../../src/rollout/transitions.ts'
import { after, minutes, rollout, stateOfHost, T0, withMember, words } from './world.ts'

const lease: Lease = {
  ...{ pool: 'default', fence: 7, holder: 'h1', rollout: 'roll_1' },
  ...{ grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
}
const with1 = (member: Partial<Member>) => withMember(rollout({ pool: { leases: [lease] } }), 'h1', member)
const NOW = T0 + minutes(5)

describe('an outcome', () => {
  test.each<
    [why: string, from: MemberState, outcome: 'landed' | 'landed-elsewhere' | 'cold-booted' | 'failed']
  >([
    ['it came back', 'rebooting', 'landed'],
    ['elsewhere', 'rebooting', 'landed-elsewhere'],
    ['through firmware', 'rebooting', 'cold-booted'],
    ['on its old boot', 'rebooting', 'failed'],
    ['nobody heard that it started', 'granted', 'landed'],
    ['it refused before the jump', 'granted', 'failed'],
    ['it was given up', 'missing', 'landed'],
  ])('%s: %s to %s', (_why, from, outcome) => {
    const state = with1({ state: from, fence: 7, acknowledged: true })
    const changes = judged(state, 'h1', { fence: 7, outcome, because: 'seen' }, NOW)
    expect(changes.ok && words(changes.value).at(-1)).toBe('lease release h1')
    const next = after(state, changes)
    const failures = outcome === 'failed' ? 1 : 0
    expect(next.members[0]).toMatchObject({
      ...{
        state: outcome,
        outcome,
        failures,
        since: NOW,
        because: 'seen',
        heardAt: NOW,
        acknowledged: false,
      },
    })
    expect(next.pool.leases).toEqual([])
    expect(judged(next, 'h1', { fence: 7, outcome, because: 'seen' }, NOW)).toEqual({ ok: true, value: [] })
  })

  test.each<[why: string, member: Partial<Member>, refused: object]>([
    ['of an older grant', { state: 'rebooting', fence: 8 }, { code: 'stale-fence', fence: 7, current: 8 }],
    [
      'of a host that waits',
      { state: 'waiting', fence: null },
      { code: 'stale-fence', fence: 7, current: null },
    ],
    [
      'another one than before',
      { state: 'cold-booted', fence: 7 },
      { code: 'illegal-transition', event: 'land', from: 'cold-booted' },
    ],
    [
      'of a host that was taken out',
      { state: 'skipped', fence: 7 },
      { code: 'illegal-transition', event: 'land', from: 'skipped' },
    ],
  ])('%s is refused', (_why, member, error) => {
    const by = { fence: 7, outcome: 'landed', because: 'seen' } as const
    expect(judged(with1(member), 'h1', by, NOW)).toEqual({ ok: false, error })
  })

  test('of a stranger is refused', () => {
    const by = { fence: 7, outcome: 'landed', because: 'seen' } as const
    const error = { code: 'not-a-member', host: 'x' }
    expect(judged(rollout(), 'x', by, NOW)).toEqual({ ok: false, error })
    expect(handedBack(rollout(), 'x', by, NOW)).toEqual({ ok: false, error })
    expect(skipped(rollout(), 'x', '', NOW)).toEqual({ ok: false, error })
  })
})

test('a grant that is given back frees its place, and is no failed attempt', () => {
  const state = with1({ state: 'granted', fence: 7 })
  expect(handedBack(state, 'h1', { fence: 6, because: '' }, NOW).ok).toBe(false)
  const next = after(state, handedBack(state, 'h1', { fence: 7, because: 'the window has closed' }, NOW))
  expect(next.members[0]).toMatchObject({ state: 'waiting', fence: null, failures: 0 })
  expect(next.pool.leases).toEqual([])
})

describe('who is missing and heard of again', () => {
  const silent = { state: 'missing', outcome: 'missing', plan: 'plan_1' } as const
  const WAITS = { state: 'waiting', outcome: null, fence: null, plan: null, heardAt: NOW } as const
  const BACK = { state: 'rolling-back', fence: null, fallback: 'boot_0', heardAt: NOW } as const
  const LOST = { state: 'missing', outcome: 'missing', fence: 7, plan: 'plan_1', heardAt: NOW } as const

  test.each<[why: string, member: Partial<Member>, said: string[], row: Partial<Member>]>([
    ['was granted nothing: it waits again', { fence: null, boot: null }, ['member return h1'], WAITS],
    [
      'had not begun: its grant is void, and it waits again',
      { fence: 7, boot: null },
      ['member return h1', 'lease release h1'],
      WAITS,
    ],
    ['had not begun, and its lease is over', { fence: 6, boot: null }, ['member return h1'], WAITS],
    ['has begun: its boot tells, not its voice', { fence: 7, boot: 'b0' }, ['heard h1'], LOST],
    [
      'was to go back, and was not granted that: it keeps its lease',
      { fence: null, boot: 'b0', fallback: 'boot_0' },
      ['member fall-back h1'],
      BACK,
    ],
    [
      'was to go back, and had not begun that',
      { fence: 7, boot: null, fallback: 'boot_0' },
      ['member fall-back h1', 'lease release h1'],
      BACK,
    ],
    [
      'was on its way back',
      { fence: 7, boot: 'b1', fallback: 'boot_0' },
      ['heard h1'],
      { ...LOST, fallback: 'boot_0' },
    ],
  ])('%s', (_why, member, said, row) => {
    const state = with1({ ...silent, ...member })
    const changes = heard(state, 'h1', NOW)
    expect(words(changes)).toEqual(said)
    expect(after(state, changes).members[0]).toMatchObject(row)
  })

  test('when the rollout has ended is skipped', () => {
    const state = with1({ ...silent, fence: 7 })
    const ended = { ...state, rollout: { ...state.rollout, phase: 'cancelled' } as const }
    expect(words(heard(ended, 'h1', NOW))).toEqual(['member skip h1', 'lease release h1'])
  })

  test('may be a stranger', () => {
    expect(heard(with1(silent), 'stranger', NOW)).toEqual([])
  })
})

test('what skipping and deleting make of a host in each state', () => {
  const rows = MEMBER_STATES.map((from) => {
    const state = with1({ state: from, fence: 7, since: NOW })
    const out = skipped(state, 'h1', 'broken', NOW)
    return [from, out.ok ? words(out.value).join(', ') : '-', words(deleted(state, 'h1', NOW)).join(', ')]
  })
  const skip = 'member skip h1, lease release h1'
  const gone = 'lease release h1, member delete h1'
  expect(rows).toEqual([
    ['waiting', skip, gone],
    ['granted', skip, gone],
    ['rebooting', '-', gone],
    ['landed', '-', 'lease release h1'],
    ['landed-elsewhere', '-', 'lease release h1'],
    ['cold-booted', '-', 'lease release h1'],
    ['failed', skip, gone],
    ['missing', skip, gone],
    ['rolling-back', skip, gone],
    ['rolled-back', '-', 'lease release h1'],
    ['skipped', '-', 'lease release h1'],
    ['cancelled', '-', 'lease release h1'],
  ])
})

test('a deleted host frees what it held outside this rollout as well', () => {
  const state = rollout({ pool: { leases: [{ ...lease, holder: 'x', rollout: null }] } })
  expect(words(deleted(state, 'x', NOW))).toEqual(['lease release x'])
  expect(stateOfHost(state, 'x')).toBeUndefined()
})
