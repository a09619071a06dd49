import type { LeaseChange } from '../../rollout/change.ts'
import {
  acquire,
  lapsed,
  release,
  releaseHolder,
  type Acquired,
  type Lease,
  type LeasePolicy,
  type LeaseRefusal,
  type Pool,
} from '../../rollout/lease.ts'
import type { Result } from '../../rollout/result.ts'
import type { Lease as LeaseRow } from '../../store/leases.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Writing } from '../write.ts'

/** What a pool allows that nobody has said anything about. */
export const DEFAULT_POOL: LeasePolicy = { slots: 100, ttlMs: 3_600_000 }

/** A pool with all its leases, those too whose term has ended. */
export async function readPool(rows: Rows, name: string): Promise<Pool> {
  const row = await rows.leases.pool(name)
  const { slots, ttlMs } = row ?? DEFAULT_POOL
  const leases = (await rows.leases.of(name)).map(coreLease)
  return { name, policy: { slots, ttlMs }, lastFence: row?.lastFence ?? 0, leases }
}

/** Takes a lease outside of any rollout, or finds the one that the holder has. Errors: as `acquire`. */
export async function acquireLease(
  writing: Writing,
  { pool: name, holder }: { pool: string; holder: string },
): Promise<Result<Lease, LeaseRefusal>> {
  const now = writing.at.getTime()
  const pool = await readPool(writing.rows, name)
  await writeLeases(writing, lapsed(pool, now))
  const asked: Result<Acquired, LeaseRefusal> = acquire(pool, { holder, rollout: null }, now)
  if (!asked.ok) return asked
  await writeLeases(writing, asked.value.changes)
  return { ok: true, value: asked.value.lease }
}

/** Gives up what a holder has in one pool outside of any rollout; nothing happens where that is nothing. */
export async function releaseLease(
  writing: Writing,
  { pool: name, holder, because }: { pool: string; holder: string; because: string },
): Promise<void> {
  const pool = await readPool(writing.rows, name)
  const own = { ...pool, leases: pool.leases.filter((l) => l.rollout === null) }
  await writeLeases(writing, releaseHolder(own, holder, because))
}

/** Takes a lease away by force: whoever was granted a reboot with it may not start any more. */
export async function forceRelease(writing: Writing, row: LeaseRow, reason: string): Promise<void> {
  const pool = await readPool(writing.rows, row.pool)
  await writeLeases(writing, release(pool, row.fence, `forced: ${reason}`))
  await writing.audit('lease.force-release', row.id, {
    reason,
    pool: row.pool,
    holder: row.holder,
    fence: row.fence,
    rollout: row.rolloutId,
  })
}

/** Writes changes of leases. Of whatever is waiting for a place, somebody may have it now. */
export async function writeLeases(writing: Writing, changes: readonly LeaseChange[]): Promise<void> {
  const { rows, at, audit } = writing
  for (const { event, lease, because } of changes) {
    const { pool, fence, holder, rollout } = lease
    if (event === 'acquire') {
      await rows.leases.setPool(await poolRow(writing, pool, fence))
      await rows.leases.insert({
        ...{ id: newId('lease', at), pool, fence, holder, rolloutId: rollout },
        grantedAt: new Date(lease.grantedAt),
        renewedAt: new Date(lease.renewedAt),
        expiresAt: new Date(lease.expiresAt),
      })
    } else if (event === 'renew') {
      await rows.leases.renew(lease, {
        renewedAt: new Date(lease.renewedAt),
        expiresAt: new Date(lease.expiresAt),
      })
    } else await rows.leases.remove(lease)
    await audit(`lease.${event}`, holder, { pool, fence, rollout, because })
  }
  if (changes.some(({ event }) => event === 'release' || event === 'lapse'))
    await rows.rollouts.touchStarted()
}

/** A pool's row with this token as the last one given out; made where there is none yet. */
async function poolRow({ rows, at, actor }: Writing, name: string, lastFence: number) {
  const row = await rows.leases.pool(name)
  if (row) return { ...row, lastFence }
  const set = { generation: 0, reason: 'by default', setAt: at, setBy: actor }
  return { name, ...DEFAULT_POOL, lastFence, ...set }
}

export function coreLease(row: LeaseRow): Lease {
  const { pool, fence, holder, rolloutId: rollout } = row
  return {
    ...{ pool, fence, holder, rollout },
    grantedAt: row.grantedAt.getTime(),
    renewedAt: row.renewedAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
  }
}
