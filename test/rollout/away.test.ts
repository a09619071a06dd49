import { expect, test } from 'vitest'
import { awayBeside, domainTaken, tooManyAway } from '../../src/rollout/away.ts'
import { memberOf, type Away, type Member } from '../../src/rollout/rollout.ts'
import type { Share } from '../../src/rollout/share.ts'
import { MEMBER_STATES } from '../../src/rollout/transitions.ts'
import { rollout, T0, withMember } from './world.ts'

test('who is away: granted, rebooting and missing, and whom others took, each once', () => {
  let state = rollout({
    hosts: MEMBER_STATES.map((s) => `is-${s}`),
    others: ['is-missing', 'elsewhere'].map((host): Away => ({
      host,
      domain: null,
      since: T0,
      because: 'down',
    })),
  })
  for (const s of MEMBER_STATES) state = withMember(state, `is-${s}`, { state: s })
  const names = (host: string) =>
    awayBeside(state, host)
      .map((a) => a.host)
      .sort()
  expect(names('is-waiting')).toEqual([
    'elsewhere',
    'is-granted',
    'is-missing',
    'is-rebooting',
    'is-rolling-back',
  ])
  expect(names('is-granted')).toEqual(['elsewhere', 'is-missing', 'is-rebooting', 'is-rolling-back'])
})

test.each<[why: string, most: Share, hosts: number, away: number, refused: boolean]>([
  ['room for one', { count: 2 }, 5, 1, false],
  ['no room', { count: 2 }, 5, 2, true],
  ['a percentage', { percent: 40 }, 5, 1, false],
  ['a percentage that is reached', { percent: 40 }, 5, 2, true],
  ['a percentage of a few: one', { percent: 1 }, 5, 0, false],
  ['a percentage of a few: no second', { percent: 1 }, 5, 1, true],
])('max unavailable: %s', (_why, maxUnavailable, hosts, away, refused) => {
  const names = Array.from({ length: hosts }, (_, i) => `h${i}`)
  let state = rollout({ spec: { maxUnavailable }, hosts: names })
  for (const host of names.slice(0, away)) state = withMember(state, host, { state: 'missing' })
  expect(tooManyAway(state, names.at(-1) as string) !== null).toBe(refused)
})

test.each<[why: string, perDomain: number | null, hosts: string[], away: string[], refused: string | null]>([
  ['nobody is away', null, ['a/r1', 'b/r1'], [], null],
  ['one of the same rack', null, ['a/r1', 'b/r1'], ['b'], null],
  [
    'one of another rack',
    null,
    ['a/r1', 'b/r2'],
    ['b'],
    'its rack is r1, and hosts elsewhere are away: b (rebooting)',
  ],
  [
    'without a rack it goes alone',
    null,
    ['a', 'b/r1'],
    ['b'],
    'it has no rack and must go alone, and hosts elsewhere are away: b (rebooting)',
  ],
  [
    'also beside another without one',
    null,
    ['a', 'b'],
    ['b'],
    'it has no rack and must go alone, and hosts elsewhere are away: b (rebooting)',
  ],
  [
    'nobody beside one without',
    null,
    ['a/r1', 'b'],
    ['b'],
    'its rack is r1, and hosts elsewhere are away: b (rebooting)',
  ],
  ['one a rack, another rack', 1, ['a/r1', 'b/r2'], ['b'], null],
  [
    'one a rack, the same rack',
    1,
    ['a/r1', 'b/r1'],
    ['b'],
    '1 of at most 1 hosts of rack r1 are away: b (rebooting)',
  ],
  ['two a rack, one is away', 2, ['a/r1', 'b/r1', 'c/r1'], ['b'], null],
  [
    'two a rack, two are away',
    2,
    ['a/r1', 'b/r1', 'c/r1'],
    ['b', 'c'],
    '2 of at most 2 hosts of rack r1 are away: b (rebooting), c (rebooting)',
  ],
  [
    'one without a rack counts for each',
    1,
    ['a/r1', 'b'],
    ['b'],
    '1 of at most 1 hosts of rack r1 are away: b (rebooting)',
  ],
  [
    'one without a rack needs room in each',
    2,
    ['a', 'b/r1', 'c/r2', 'd/r2'],
    ['b', 'c', 'd'],
    '2 of at most 2 hosts of rack r2 are away: c (rebooting), d (rebooting)',
  ],
  ['room in each', 2, ['a', 'b/r1', 'c/r2'], ['b', 'c'], null],
  ['two without a rack', 1, ['a', 'b'], ['b'], '1 of at most 1 hosts without rack are away: b (rebooting)'],
])('failure domains: %s', (_why, perDomain, hosts, away, refused) => {
  let state = rollout({ spec: { failureDomain: { label: 'rack', perDomain } }, hosts })
  for (const host of away) state = withMember(state, host, { state: 'rebooting' })
  expect(domainTaken(state, memberOf(state, 'a') as Member)?.sentence ?? null).toBe(refused)
})

test.each<[why: string, perDomain: number | null, neighbours: Away[], refused: string | null]>([
  ['none', 1, [], null],
  [
    'of the same rack',
    1,
    [away('x', 'r1')],
    '1 of at most 1 hosts of rack r1 are away: x (granted in roll_2)',
  ],
  ['of the same rack, and there is room', 2, [away('x', 'r1')], null],
  ['of another rack', 1, [away('x', 'r2')], null],
  ['without a rack', 1, [away('x', null)], null],
  ['a member, which counts once', 2, [away('b', 'r1')], null],
  [
    'of another rack, where one rack goes at a time',
    null,
    [away('x', 'r2')],
    'its rack is r1, and hosts elsewhere are away: x (granted in roll_2)',
  ],
  ['of the same rack, where one rack goes at a time', null, [away('x', 'r1')], null],
])('hosts of other rollouts: %s', (_why, perDomain, neighbours, refused) => {
  const spec = { failureDomain: { label: 'rack', perDomain } }
  let state = rollout({ spec, hosts: ['a/r1', 'b/r1'], neighbours })
  state = withMember(state, 'b', { state: neighbours[0]?.host === 'b' ? 'rebooting' : 'waiting' })
  expect(domainTaken(state, memberOf(state, 'a') as Member)?.sentence ?? null).toBe(refused)
})

function away(host: string, domain: string | null): Away {
  return { host, domain, since: T0, because: 'granted in roll_2' }
}

test('no rule, nothing taken', () => {
  const state = withMember(rollout({ hosts: ['a/r1', 'b/r2'] }), 'b', { state: 'rebooting' })
  expect(domainTaken(state, memberOf(state, 'a') as Member)).toBeNull()
})
