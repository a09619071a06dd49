import type { FleetlockCredential } from '../../store/fleetlock.ts'
import type { Rows } from '../../store/open-store.ts'
import type { FleetlockRefusal, FleetlockRequest } from '../../wire/fleetlock.ts'
import { holds, readBearer } from '../bearer.ts'
import { UNKNOWN_BASE_URL } from './fleetlock-refusal.ts'
import { acquireLease, releaseLease } from './lease-life.ts'
import type { Writing } from '../write.ts'

export type FleetlockCall = 'pre-reboot' | 'steady-state'

/** What a client asks, and what it has shown for it. */
export interface FleetlockTurn {
  readonly call: FleetlockCall
  readonly groupSecret: string
  readonly client: FleetlockRequest['client_params']
}

/** What a secret from a base URL opens; null for one that opens nothing. */
export async function credentialOf(rows: Rows, groupSecret: string): Promise<FleetlockCredential | null> {
  const bearer = readBearer(groupSecret)
  if (bearer?.kind !== 'fleetlock') return null
  const credential = await rows.fleetlock.get(`flk_${bearer.id}`)
  return credential && holds(bearer.secret, credential.secretHash) ? credential : null
}

/**
 * Locks or unlocks for a client, over the leases of the pool of its group. Both may be repeated, and in any order:
 * who holds a lock has it, who holds none has given it up. A lock ends by itself, unlike in other servers, at the
 * pool's term.
 *
 * Errors: null is success; what a lapsed lease has left is kept, also when the answer is a refusal.
 */
export async function takeTurn(writing: Writing, turn: FleetlockTurn): Promise<FleetlockRefusal | null> {
  const { call, groupSecret, client } = turn
  // Once more: it may have ended while the request waited for its turn.
  const credential = await credentialOf(writing.rows, groupSecret)
  if (!credential) return UNKNOWN_BASE_URL
  const { group: pool, enabled } = credential
  if (client.group !== pool) {
    return { kind: 'unknown_group', value: 'this base URL is for another group' }
  }
  const asGroup = named(writing, `fleetlock:${pool}`)
  if (call === 'steady-state') {
    await releaseLease(asGroup, { pool, holder: client.id, because: 'steady' })
    return null
  }
  if (!enabled) return { kind: 'group_disabled', value: 'an operator has switched locks of this group off' }
  const paused = await pausedScope(writing, client)
  if (paused !== null) {
    return {
      kind: 'failed_lock_paused',
      value: `an operator has paused ${paused}; nothing is locked meanwhile`,
    }
  }
  const asked = await acquireLease(asGroup, { pool, holder: client.id })
  if (asked.ok) return null
  switch (asked.error.code) {
    case 'pool-full':
      return {
        kind: 'failed_lock_semaphore_full',
        value: `semaphore currently full, all slots are locked already: ${asked.error.slots}`,
      }
    case 'held-otherwise':
      return { kind: 'failed_lock_held_otherwise', value: 'a rollout is rebooting this host' }
  }
}

/** The pause that stands before a client: of its FleetLock group, of the fleet, or of the group that the host is in here. */
async function pausedScope(
  { rows, at }: Writing,
  { id, group }: FleetlockTurn['client'],
): Promise<string | null> {
  const host = await rows.hosts.get(id)
  for (const scope of ['fleet', `group:${group}`, ...(host?.group ? [`group:${host.group}`] : [])]) {
    if (await rows.pauses.current(scope, at)) return scope.replace(':', ' ')
  }
  return null
}

/** Nobody is logged in: in the audit it is the group that acts. */
function named(writing: Writing, actor: string): Writing {
  const audit: Writing['audit'] = (action, target, detail, by = actor) =>
    writing.audit(action, target, detail, by)
  return { ...writing, actor, audit }
}
