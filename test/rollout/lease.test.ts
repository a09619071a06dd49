import { describe, expect, test } from 'vitest'
import {
  acquire,
  expiryOf,
  holdersOf,
  lapsed,
  poolAfter,
  release,
  releaseHolder,
  renew,
  type Lease,
  type Pool,
} from '../../src/rollout/lease.ts'
import type { Millis } from '../../src/rollout/millis.ts'
import { minutes, T0 } from './world.ts'

const pool = (slots: number, leases: readonly Lease[] = [], ttl = minutes(60)): Pool => ({
  name: 'default',
  policy: { slots, ttlMs: ttl },
  lastFence: Math.max(0, ...leases.map((l) => l.fence)),
  leases,
})
const lease = (holder: string, fence: number, from: Millis = T0, rollout: string | null = null): Lease => ({
  ...{ pool: 'default', fence, holder, rollout },
  ...{ grantedAt: from, renewedAt: from, expiresAt: from + minutes(60) },
})

/** Takes a lease and writes it; null where it is refused. */
function taken(into: Pool, holder: string, now: Millis): [Pool, Lease | null] {
  const asked = acquire(into, { holder, rollout: null }, now)
  return asked.ok ? [poolAfter(into, asked.value.changes), asked.value.lease] : [into, null]
}

describe('acquire', () => {
  test('as many holders as slots, and no more', () => {
    let now = pool(2)
    const got = ['h1', 'h2', 'h3'].map((holder) => {
      const [next, given] = taken(now, holder, T0)
      now = next
      return given?.fence ?? null
    })
    expect(got).toEqual([1, 2, null])
    expect(holdersOf(now, T0).map((l) => l.holder)).toEqual(['h1', 'h2'])
  })

  test('a full pool names its holders', () => {
    const holders = [lease('h1', 1), lease('h2', 2)]
    expect(acquire(pool(2, holders), { holder: 'h3', rollout: null }, T0)).toEqual({
      ok: false,
      error: { code: 'pool-full', slots: 2, holders },
    })
  })

  test('asked again by its holder it is the same lease, and ends when it did', () => {
    const own = lease('h1', 1)
    const asked = acquire(pool(1, [own]), { holder: 'h1', rollout: null }, T0 + minutes(30))
    expect(asked).toEqual({ ok: true, value: { lease: own, changes: [] } })
  })

  test('a host is away for one purpose at a time', () => {
    const own = lease('h1', 1, T0, 'roll_1')
    const asked = acquire(pool(5, [own]), { holder: 'h1', rollout: 'roll_2' }, T0)
    expect(asked).toEqual({ ok: false, error: { code: 'held-otherwise', lease: own } })
  })

  test.each<[why: string, slots: number, ok: boolean]>([
    ['fewer slots than holders: nobody new, nobody loses', 1, false],
    ['no slot at all', 0, false],
    ['one more', 3, true],
  ])('%s', (_why, slots, ok) => {
    const held = pool(slots, [lease('h1', 1), lease('h2', 2)])
    expect(acquire(held, { holder: 'h3', rollout: null }, T0).ok).toBe(ok)
    expect(holdersOf(held, T0)).toHaveLength(2)
  })

  test('the fencing token grows for ever, also when no lease is left', () => {
    let now = pool(1)
    const fences: (number | undefined)[] = []
    for (const holder of ['h1', 'h2', 'h1']) {
      const [next, given] = taken(now, holder, T0)
      fences.push(given?.fence)
      now = poolAfter(next, releaseHolder(next, holder, 'back'))
      expect(now.leases).toEqual([])
    }
    expect(fences).toEqual([1, 2, 3])
  })
})

describe('a lease ends', () => {
  test.each<[why: string, ttlMinutes: number, after: number, held: boolean]>([
    ['a millisecond before its term', 60, minutes(60) - 1, true],
    ['at its term', 60, minutes(60), false],
    ['today a shorter term holds', 30, minutes(30), false],
    ['a millisecond before the shorter term', 30, minutes(30) - 1, true],
    ['today a longer term holds', 90, minutes(60), true],
  ])('%s', (_why, ttl, after, held) => {
    const today = pool(1, [lease('h1', 1)], minutes(ttl))
    expect(holdersOf(today, T0 + after).length === 1).toBe(held)
    expect(lapsed(today, T0 + after)).toHaveLength(held ? 0 : 1)
    expect(acquire(today, { holder: 'h2', rollout: null }, T0 + after).ok).toBe(!held)
  })

  test('kured #822: a lease granted under a policy without an end has one as soon as the policy does', () => {
    const forEver: Lease = { ...lease('gone', 1), expiresAt: Infinity }
    const under = (ttlMs: number) => pool(1, [forEver], ttlMs)
    expect(holdersOf(under(Infinity), T0 + minutes(9999))).toHaveLength(1)
    expect(holdersOf(under(minutes(30)), T0 + minutes(30))).toEqual([])
  })

  test('by release; again, nothing happens', () => {
    const held = pool(2, [lease('h1', 1), lease('h2', 2)])
    const changes = release(held, 1, 'back')
    expect(changes).toEqual([{ of: 'lease', event: 'release', lease: lease('h1', 1), because: 'back' }])
    const left = poolAfter(held, changes)
    expect(left.leases.map((l) => l.holder)).toEqual(['h2'])
    expect(release(left, 1, 'back')).toEqual([])
    expect(release(left, null, 'back')).toEqual([])
    expect(releaseHolder(left, 'h1', 'back')).toEqual([])
  })
})

describe('renew', () => {
  test('starts the term again, under the same token', () => {
    const held = pool(1, [lease('h1', 1)])
    const renewed = renew(held, 1, T0 + minutes(59))
    expect(renewed.ok && renewed.value[0]?.lease).toMatchObject({
      ...{ fence: 1, grantedAt: T0, renewedAt: T0 + minutes(59), expiresAt: T0 + minutes(119) },
    })
    const after = renewed.ok ? poolAfter(held, renewed.value) : held
    expect(after.leases.map((l) => expiryOf(l, after.policy))).toEqual([T0 + minutes(119)])
  })

  test.each<[why: string, fence: number, after: number]>([
    ['one that has ended cannot be revived', 1, minutes(60)],
    ['one that never was', 7, 0],
  ])('%s', (_why, fence, after) => {
    const refused = { ok: false, error: { code: 'lease-ended', fence } }
    expect(renew(pool(1, [lease('h1', 1)]), fence, T0 + after)).toEqual(refused)
  })
})
