import { request } from 'undici'
import { chanceOf } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Seen } from './history.ts'
import type { Operator } from './operator.ts'
import { WIRE_DOMAIN } from './wire.ts'

type Call = Extract<Seen, { what: 'lock' }>['call']

const MINUTE = 60_000
/** As real clients ask again. Units: ms. */
const AGAIN_MS = 2 * MINUTE
const LONGEST_AWAY_MS = 8 * MINUTE
const LONGEST_PAUSE_MS = 40 * MINUTE

export interface LockersWith {
  readonly seed: number
  readonly clock: Clock
  readonly see: (seen: Seen) => void
  readonly operator: Operator
  readonly count: number
  /** Whose locks they take: the pool of the rollouts. */
  readonly group: string
  readonly slots: number
  readonly ttlMs: number
  /** Nobody takes a lock from then on. */
  readonly until: number
}

/** FleetLock clients that no rollout knows of: each takes a lock, is away for a while, and gives it up again. */
export async function setLockersGoing(given: LockersWith): Promise<void> {
  const { seed, clock, see, count, group, until } = given
  if (count === 0) return
  const secret = await secretOf(given)

  async function call(client: string, what: Call): Promise<number> {
    const asked = clock.now()
    const told = (status: number): number => {
      see({ what: 'lock', at: clock.now(), asked, client, call: what, status })
      return status
    }
    try {
      const answer = await request(`http://locker.${WIRE_DOMAIN}/fleetlock/${secret}/v1/${what}`, {
        method: 'POST',
        headers: { 'fleet-lock-protocol': 'true' },
        body: JSON.stringify({ client_params: { id: client, group } }),
      })
      await answer.body.dump()
      return told(answer.statusCode)
    } catch {
      // The service is away: it is asked again, as for a lock that is not free.
      return told(0)
    }
  }

  async function live(client: string): Promise<void> {
    const chance = chanceOf(seed, client)
    const asLongAs = async (what: Call): Promise<void> => {
      while (clock.now() < until && (await call(client, what)) !== 200) await clock.sleep(AGAIN_MS)
    }
    while (clock.now() < until) {
      await clock.sleep(chance.between(MINUTE, LONGEST_PAUSE_MS))
      await asLongAs('pre-reboot')
      await clock.sleep(chance.between(MINUTE, LONGEST_AWAY_MS))
      await asLongAs('steady-state')
    }
  }

  for (let n = 0; n < count; n++) clock.at(clock.now(), () => live(`locker-${n}`))
}

/** Serves the group, over the pool as it is, and gives the secret of its base URL. */
async function secretOf({ operator, group, slots, ttlMs }: LockersWith): Promise<string> {
  const body = { slots, ttl_seconds: ttlMs / 1000, enabled: true, reason: 'clients of the fleet' }
  const said = await operator.must('PUT', `/groups/${group}/fleetlock`, body)
  const { base_url } = said.body as { base_url: string }
  return new URL(base_url).pathname.split('/')[2] ?? ''
}
