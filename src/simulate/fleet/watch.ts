import type { Clock } from './clock.ts'
import type { FleetHost } from './fleet-host.ts'
import type { Seen } from './history.ts'
import type { Operator } from './operator.ts'

/** An operator who looks at rollouts from time to time, and says what has to be said. */
export interface Watch {
  command(rollout: string, command: string, host?: FleetHost): Promise<number>
  /** Nobody is sent away anywhere for a while. */
  pauseFleet(forMs: number): Promise<void>
  /** Until every rollout has ended, or time is up. */
  untilEnded(rollouts: readonly string[], until: number, progress?: (sentence: string) => void): Promise<void>
}

/** In place of a rollout, all of them. */
export const FLEET = 'fleet'

interface Standing {
  readonly state: string
  readonly wave: number
  readonly counts: { readonly [state: string]: number }
}

const MINUTE = 60_000
const LOOK_MS = 2 * MINUTE
/** A brake is let go after somebody has looked into it. */
const LOOKED_INTO_MS = 5 * MINUTE

export function watchOf(given: {
  readonly operator: Operator
  readonly clock: Clock
  readonly see: (seen: Seen) => void
  readonly hosts: readonly FleetHost[]
  readonly swallowed?: readonly string[]
}): Watch {
  const { operator, clock, see, hosts, swallowed = [] } = given
  const byId = new Map(hosts.map((h) => [h.id, h]))
  const halted = new Map<string, number>()
  const ended = new Set<string>()

  async function command(rollout: string, name: string, host?: FleetHost): Promise<number> {
    const body = { reason: 'the simulation says so', ...(host && { host: host.id }) }
    const status = swallowed.includes(name)
      ? 200
      : (await operator.ask('POST', `/rollouts/${rollout}/${name}`, body)).status
    see({ what: 'commanded', at: clock.now(), rollout, command: name, host: host?.name ?? null, status })
    return status
  }

  async function look(rollout: string): Promise<Standing> {
    const standing = (await operator.must('GET', `/rollouts/${rollout}`)).body as Standing
    if (standing.state === 'done' || standing.state === 'cancelled') ended.add(rollout)
    if (standing.state !== 'halted') {
      halted.delete(rollout)
      return standing
    }
    const since = halted.get(rollout) ?? clock.now()
    halted.set(rollout, since)
    if (clock.now() - since >= LOOKED_INTO_MS) await command(rollout, 'acknowledge')
    return standing
  }

  /** Whoever is missing and dead for good is taken out: it keeps its place otherwise. */
  async function takeOut(rollout: string): Promise<void> {
    const missing = await operator.all<{ host: string }>(`/rollouts/${rollout}/members?state=missing`)
    for (const { host: id } of missing) {
      const host = byId.get(id)
      if (host?.isLost) await command(rollout, 'skip-host', host)
    }
  }

  /** Of two pauses at once the second comes to nothing. */
  async function pauseFleet(forMs: number): Promise<void> {
    const path = '/pauses/fleet'
    const status = swallowed.includes('fleet-pause')
      ? 200
      : (await operator.ask('PUT', path, { reason: 'the simulation pauses all' })).status
    see({ what: 'commanded', at: clock.now(), rollout: FLEET, command: 'pause', host: null, status })
    await clock.sleep(forMs)
    const { etag, status: found } = await operator.ask('GET', path)
    if (status < 300 && found === 200)
      await operator.ask('DELETE', `${path}?reason=it+is+over`, undefined, etag ?? '')
  }

  return {
    command,
    pauseFleet,
    async untilEnded(rollouts, until, progress) {
      while (ended.size < rollouts.length && clock.now() < until) {
        await clock.sleep(LOOK_MS)
        const told: string[] = []
        for (const rollout of rollouts.filter((r) => !ended.has(r))) {
          const { state, wave, counts } = await look(rollout)
          if ((counts['missing'] ?? 0) > 0) await takeOut(rollout)
          const states = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
          told.push(`${state}, wave ${wave}: ${states.join(', ')}`)
        }
        progress?.(`${new Date(clock.now()).toISOString()} ${told.join(' | ')}`)
      }
    },
  }
}
