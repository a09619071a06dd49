import { chanceOf } from './chance.ts'
import type { Clock } from './clock.ts'
import type { FleetHost } from './fleet-host.ts'
import type { Seen } from './history.ts'
import type { Operator } from './operator.ts'
import type { FaultRates } from './rates.ts'
import type { Service } from './killable.ts'
import type { Watch } from './watch.ts'

export interface TroubleWith {
  readonly seed: number
  readonly clock: Clock
  readonly see: (seen: Seen) => void
  readonly rates: FaultRates
  readonly hosts: readonly FleetHost[]
  readonly server: Service
  readonly operator: Operator
  readonly watch: Watch
  readonly rollouts: readonly string[]
  readonly faultsUntil: () => number
  /** Resolves as an agent's next report or snapshot is on its way; null where kills have to wait for silence. */
  readonly nextWrite: (() => Promise<void>) | null
}

const MINUTE = 60_000
/** A large fleet's rollout takes longer, and trouble has to meet all of it. */
const TROUBLED_MS = 25 * MINUTE
const TROUBLED_MS_A_HOST = 0.1 * MINUTE
/** A service that is killed in the middle of a question is killed within so many turns of the event loop. */
const MAX_TURNS = 12

/** How long trouble goes on. */
export function troubledMs(hosts: number): number {
  return TROUBLED_MS + hosts * TROUBLED_MS_A_HOST
}

/** Plans, from now on, everything that happens to a fleet from outside: at which time, and to whom, follows from the seed. */
export function disturb(given: TroubleWith): void {
  const { seed, clock, see, rates, hosts, server, watch, rollouts } = given
  const chance = chanceOf(seed, 'trouble')
  const forMs = Math.min(troubledMs(hosts.length), given.faultsUntil() - clock.now())
  const some = (): number => clock.now() + chance.between(MINUTE, Math.max(2 * MINUTE, forMs))

  for (let n = 0; n < rates.kills; n++) {
    const downMs = chance.between(1000, 2 * MINUTE)
    const turns = chance.between(0, MAX_TURNS)
    clock.at(some(), async () => {
      await given.nextWrite?.()
      for (let n = 0; given.nextWrite && n < turns; n++) await new Promise((resolve) => setImmediate(resolve))
      if (server.url() === null) return
      see({ what: 'service', at: clock.now(), is: 'killed' })
      await server.kill()
      await clock.sleep(downMs)
      await server.start()
      see({ what: 'service', at: clock.now(), is: 'started' })
    })
  }
  for (const rollout of rollouts) {
    for (let n = 0; n < rates.pauses; n++) {
      const forMs = chance.between(MINUTE, 12 * MINUTE)
      clock.at(some(), async () => {
        if ((await watch.command(rollout, 'pause')) >= 300) return
        await clock.sleep(forMs)
        // Under the brake it has to be let go first.
        while ((await watch.command(rollout, 'resume')) === 409) {
          if (await hasEnded(given.operator, rollout)) return
          await clock.sleep(MINUTE)
        }
      })
    }
    for (let n = 0; n < rates.halts; n++)
      clock.at(some(), () => watch.command(rollout, 'halt').then(() => {}))
  }
  for (let n = 0; n < rates.fleetPauses; n++) {
    const forMs = chance.between(MINUTE, 8 * MINUTE)
    clock.at(some(), () => watch.pauseFleet(forMs))
  }
  for (const host of hosts) {
    if (chance.perMille(rates.copied)) {
      const forMs = chance.between(MINUTE, 20 * MINUTE)
      clock.at(some(), () => copyHost(given, host, forMs))
    }
    if (chance.perMille(rates.powerCut)) clock.at(some(), () => host.cutPower())
    if (chance.perMille(rates.deleted)) clock.at(some(), () => deleteHost(given, host))
  }
}

async function hasEnded(operator: Operator, rollout: string): Promise<boolean> {
  const { state } = (await operator.must('GET', `/rollouts/${rollout}`)).body as { state: string }
  return state === 'done' || state === 'cancelled' || state === 'running'
}

async function deleteHost({ operator, clock, see }: TroubleWith, host: FleetHost): Promise<void> {
  const path = `/hosts/${host.id}`
  for (;;) {
    const { etag, status } = await operator.ask('GET', path)
    if (status === 404) return
    const deleted = await operator.ask('DELETE', path, undefined, etag ?? '')
    if (deleted.status === 412) continue
    see({ what: 'fault', at: clock.now(), kind: 'host deleted', host: host.name })
    see({ what: 'deleted', at: clock.now(), host: host.name })
    return
  }
}

/** A copy of a host's disk wakes up somewhere and enrols; an operator finds out which of the two may stay. */
async function copyHost(
  { operator, clock, see }: TroubleWith,
  host: FleetHost,
  forMs: number,
): Promise<void> {
  const { body } = await operator.must('POST', '/enrollment-tokens', { uses: 1, expires_in: 3600 })
  const { token } = body as { token: string }
  if ((await operator.ask('GET', `/hosts/${host.id}`)).status === 404) return
  const { status } = await operator.ask('POST', '/agent/enroll', {
    ...host.hints,
    token,
    hostname: `${host.name}-copy`,
  })
  see({ what: 'fault', at: clock.now(), kind: 'host copied', host: host.name })
  see({ what: 'copied', at: clock.now(), host: host.name, status })
  await clock.sleep(forMs)
  await operator.ask('POST', `/hosts/${host.id}/release`, { reason: 'the copy is gone' })
}
