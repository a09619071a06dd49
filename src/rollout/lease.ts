import type { LeaseChange } from './change.ts'
import type { Millis } from './millis.ts'
import { err, ok, type Result } from './result.ts'

/** A counting semaphore that rollouts and FleetLock share. */
export interface Pool {
  readonly name: string
  readonly policy: LeasePolicy
  /** The highest fencing token ever given out; it never falls, also when no lease is left. */
  readonly lastFence: number
  readonly leases: readonly Lease[]
}

/** Today's policy: it is what existing leases are judged by as well. */
export interface LeasePolicy {
  /** How many holders at once. */
  readonly slots: number
  readonly ttlMs: number
}

/** Leave for one host to be away. Pool and fencing token together name it. */
export interface Lease {
  readonly pool: string
  readonly fence: number
  readonly holder: string
  /** The rollout it was given for; null for a FleetLock client. */
  readonly rollout: string | null
  readonly grantedAt: Millis
  readonly renewedAt: Millis
  /** What the holder was told. Today's policy may have moved it: see `expiryOf`. */
  readonly expiresAt: Millis
}

/**
 * When a lease ends under today's policy, counted from its last renewal: a shorter term ends old leases
 * sooner, a longer one later. No lease was ever granted for good.
 */
export function expiryOf(lease: Lease, policy: LeasePolicy): Millis {
  return lease.renewedAt + policy.ttlMs
}

export function isLive(lease: Lease, policy: LeasePolicy, now: Millis): boolean {
  return expiryOf(lease, policy) > now
}

/** Who holds a lease now, oldest first. */
export function holdersOf(pool: Pool, now: Millis): readonly Lease[] {
  return pool.leases.filter((l) => isLive(l, pool.policy, now)).sort((a, b) => a.fence - b.fence)
}

export type LeaseRefusal =
  /** Every slot is taken. */
  | { readonly code: 'pool-full'; readonly slots: number; readonly holders: readonly Lease[] }
  /** The host is away already, for another purpose. */
  | { readonly code: 'held-otherwise'; readonly lease: Lease }

export interface Acquired {
  readonly lease: Lease
  /** Empty where the holder had it already. */
  readonly changes: readonly LeaseChange[]
}

/**
 * Takes a lease for `holder`. Asked again by who holds it, the answer is the same lease, with the same end.
 *
 * Errors: `pool-full` with the holders; `held-otherwise` where the host holds one for another rollout.
 */
export function acquire(
  pool: Pool,
  by: { readonly holder: string; readonly rollout: string | null },
  now: Millis,
): Result<Acquired, LeaseRefusal> {
  const live = holdersOf(pool, now)
  const own = live.find((l) => l.holder === by.holder)
  if (own && own.rollout !== by.rollout) return err({ code: 'held-otherwise', lease: own })
  if (own) return ok({ lease: own, changes: [] })
  if (live.length >= pool.policy.slots)
    return err({ code: 'pool-full', slots: pool.policy.slots, holders: live })
  const lease: Lease = {
    pool: pool.name,
    fence: pool.lastFence + 1,
    holder: by.holder,
    rollout: by.rollout,
    grantedAt: now,
    renewedAt: now,
    expiresAt: now + pool.policy.ttlMs,
  }
  return ok({ lease, changes: [{ of: 'lease', event: 'acquire', lease, because: 'granted' }] })
}

/** Starts the term again. Errors: `lease-ended` for one that is not held any more: it cannot be revived. */
export function renew(
  pool: Pool,
  fence: number,
  now: Millis,
): Result<readonly LeaseChange[], { readonly code: 'lease-ended'; readonly fence: number }> {
  const old = holdersOf(pool, now).find((l) => l.fence === fence)
  if (!old) return err({ code: 'lease-ended', fence })
  const lease = { ...old, renewedAt: now, expiresAt: now + pool.policy.ttlMs }
  return ok([{ of: 'lease', event: 'renew', lease, because: 'renewed' }])
}

/** Gives up one lease; nothing happens where it has ended. Windows and pauses have no say in it. */
export function release(pool: Pool, fence: number | null, because: string): readonly LeaseChange[] {
  return ended(pool, (l) => l.fence === fence, 'release', because)
}

/** Gives up what a host holds in a rollout, under whatever token. */
export function releaseIn(
  pool: Pool,
  by: { readonly holder: string; readonly rollout: string },
  because: string,
): readonly LeaseChange[] {
  return ended(pool, (l) => l.holder === by.holder && l.rollout === by.rollout, 'release', because)
}

/** Gives up whatever a host holds: it was deleted, or a FleetLock client says that it is back. */
export function releaseHolder(pool: Pool, holder: string, because: string): readonly LeaseChange[] {
  return ended(pool, (l) => l.holder === holder, 'release', because)
}

/** The leases whose term has ended. */
export function lapsed(pool: Pool, now: Millis): readonly LeaseChange[] {
  return ended(pool, (l) => !isLive(l, pool.policy, now), 'lapse', 'its term has ended')
}

/** The pool after the changes. */
export function poolAfter(pool: Pool, changes: readonly LeaseChange[]): Pool {
  return changes.reduce((before, { event, lease }) => {
    const rest = before.leases.filter((l) => l.fence !== lease.fence)
    const leases = event === 'acquire' || event === 'renew' ? [...rest, lease] : rest
    return { ...before, leases, lastFence: Math.max(before.lastFence, lease.fence) }
  }, pool)
}

function ended(
  pool: Pool,
  which: (lease: Lease) => boolean,
  event: 'release' | 'lapse',
  because: string,
): readonly LeaseChange[] {
  return pool.leases.filter(which).map((lease) => ({ of: 'lease', event, lease, because }))
}
