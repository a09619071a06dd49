import { setTimeout as sleep } from 'node:timers/promises'
import { entryOf, X86 } from '../../http/fixtures.ts'
import { randomOf, type Random } from '../../fuzz/random.ts'
import type { Balancer, Wanted } from './balancer.ts'
import { bodyOf, type Asked } from './history.ts'

/** Who may be away at once in a pool: hosts of rollouts and FleetLock clients together. */
export const SLOTS = 1
/** Several pools, so that places are granted often: what one of them waits for holds up no other. */
export const POOLS = Array.from({ length: 4 }, (_, i) => `pool${i}`)

/** Those who think leave most of the writers' turns to those who want a place: grants are what is to be looked at. */
const LONGEST_THOUGHT_MS = 1500

/** What every client is given. */
export interface Stage {
  readonly balancer: Balancer
  readonly replicas: number
  readonly admin: string
  readonly entry: string
  readonly token: string
  /** The path of each pool's FleetLock group. */
  readonly bases: ReadonlyMap<string, string>
  readonly isOver: () => boolean
  /** A stream of chances for one client. */
  chance(client: string): Random
  /** As long as a client thinks between two requests. */
  think(random: Random): Promise<void>
}

/** Somebody who asks in his own name. */
export function voiceOf({ balancer }: Pick<Stage, 'balancer'>, client: string) {
  return (wanted: Omit<Wanted, 'client'>): Promise<Asked> => balancer.ask({ client, ...wanted })
}

/** Makes what all clients work on. */
export async function setStage(
  given: Pick<Stage, 'balancer' | 'admin' | 'isOver' | 'replicas'>,
  seed: number,
): Promise<Stage> {
  const ask = voiceOf(given, 'set-up')
  const made = async <T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> => {
    const again = method === 'POST' ? 'keyed' : 'as-it-is'
    const one = await ask({ what: 'set-up', about: path, method, path, body, as: given.admin, again })
    if (one.status === null || one.status >= 300) throw new Error(`${path}: ${one.status} ${one.body}`)
    return bodyOf<T>(one)
  }
  const entry = await made<{ id: string }>('POST', '/v1/boot-entries', entryOf(X86, { initrd: null }))
  const token = await made<{ token: string }>('POST', '/v1/enrollment-tokens', { uses: 100_000 })
  const group = { slots: SLOTS, ttl_seconds: 86_400, enabled: true, reason: 'a run with faults' }
  const bases = new Map<string, string>()
  for (const pool of POOLS) {
    const { base_url } = await made<{ base_url: string }>('PUT', `/v1/groups/${pool}/fleetlock`, group)
    bases.set(pool, new URL(base_url).pathname.replace(/\/$/, ''))
  }
  return {
    ...given,
    entry: entry.id,
    token: token.token,
    bases,
    chance: (client) => randomOf(seed * 7919 + hashOf(client)),
    think: (random) => sleep(random.below(LONGEST_THOUGHT_MS)),
  }
}

function hashOf(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)
}
