import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderOf } from '../../src/rollout/order.ts'
import type { Share } from '../../src/rollout/share.ts'
import type { FailureDomainRule } from '../../src/rollout/spec.ts'
import { recruit } from './world.ts'

const hosts = ['b/r2', 'a/r1', 'd/r1', 'c', 'e/r2', 'f/r1']
const together: FailureDomainRule = { label: 'rack', perDomain: null }
const apart: FailureDomainRule = { label: 'rack', perDomain: 1 }

test.each<[why: string, waves: Share[], rule: FailureDomainRule | null, hosts: string[], want: string]>([
  ['by name without a rule', [{ count: 1 }, { count: 2 }], null, hosts, 'a | b c | d e f'],
  ['domains take turns, the unlabelled last', [{ count: 1 }, { count: 2 }], apart, hosts, 'a | b c | d e f'],
  ['turns, in one wave', [{ percent: 100 }], apart, ['a/r1', 'b/r1', 'c/r2', 'd/r2'], 'a c b d'],
  ['one domain after the other', [{ count: 1 }, { count: 2 }], together, hosts, 'a | d f | b e c'],
  [
    'a canary of one and growing, where nothing is said',
    [],
    null,
    'abcdefghijklmnopqrst'.split(''),
    'a | b c | d e f g h i | j k l m n o p q r s t',
  ],
  [
    'a percentage is of all hosts and rounds up',
    [{ percent: 1 }, { percent: 50 }],
    null,
    ['a', 'b', 'c'],
    'a | b c',
  ],
  ['more than there are', [{ count: 9 }, { count: 1 }], null, ['a', 'b'], 'a b'],
  ['one host', [], null, ['a'], 'a'],
  ['no host', [], apart, [], ''],
])('%s', (_why, waves, failureDomain, names, want) => {
  const order = orderOf({ waves, failureDomain }, names.map(recruit))
  expect(order.map((wave) => wave.map((h) => h.host).join(' ')).join(' | ')).toBe(want)
})

test('the same hosts give the same waves, each host in one, however they are listed', () => {
  const share = fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
  )
  const input = fc.record({
    waves: fc.array(share, { maxLength: 4 }),
    failureDomain: fc.constantFrom(null, together, apart),
    listed: fc
      .uniqueArray(fc.integer({ min: 0, max: 99 }), { maxLength: 30 })
      .chain((ns) => fc.tuple(fc.constant(ns), fc.shuffledSubarray(ns, { minLength: ns.length }))),
  })
  fc.assert(
    fc.property(input, ({ waves, failureDomain, listed: [one, other] }) => {
      const named = (ns: number[]) => ns.map((n) => recruit(n % 5 === 0 ? `h${n}` : `h${n}/r${n % 5}`))
      const order = orderOf({ waves, failureDomain }, named(one))
      expect(orderOf({ waves, failureDomain }, named(other))).toEqual(order)
      expect(
        order
          .flat()
          .map((h) => h.host)
          .sort(),
      ).toEqual(one.map((n) => `h${n}`).sort())
      expect(order.every((wave) => wave.length > 0)).toBe(true)
    }),
  )
})
