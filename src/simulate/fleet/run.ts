import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatedImages } from '../../agent/index.ts'
import { HEALTH_URL, LEASE_TTL_MS, POOL, slotsFor, startOf } from './asked.ts'
import { askRollouts } from './ask-rollouts.ts'
import { chanceOf, type Chance } from './chance.ts'
import { virtualClock } from './clock.ts'
import { digestOf } from './digest.ts'
import { denyKexec, namesOf } from './denied-models.ts'
import { enrolFleet } from './enrol-fleet.ts'
import { fleetHost, modelNameOf, type FleetHost, type FleetWith } from './fleet-host.ts'
import { fleetModels } from './fleet-hosts.ts'
import type { History, Seen } from './history.ts'
import { fleetOperator } from './operator.ts'
import { FAULT_RATES, type FaultRates } from './rates.ts'
import { readBack } from './read-back.ts'
import { healthOfAll, illnessesOf } from './illnesses.ts'
import { CREDENTIAL_DAYS, killableService } from './killable.ts'
import { setLockersGoing } from './lockers.ts'
import { disturb, troubledMs } from './trouble.ts'
import { watchOf } from './watch.ts'
import { layWire, type Fate } from './wire.ts'
import { wireRecorder } from './wire-recorder.ts'
import { fatesOf } from './fates.ts'

export interface FleetOptions {
  readonly seed: number
  readonly agents: number
  /** Virtual time after which it ends, whatever is left to do. */
  readonly minutes: number
  /** One sleeper wakes at a time: the same seed gives the same history. */
  readonly deterministic: boolean
  readonly rates?: FaultRates
  readonly progress?: (sentence: string) => void
  /** For tests: what breaks an invariant on purpose. */
  readonly sabotage?: Sabotage
}

export interface Sabotage {
  /** Something between an agent and its host. */
  readonly tamper?: FleetWith['tamper']
  /** What the operator really asks for, in place of what the checks go by. */
  readonly rollout?: (asked: object) => object
  readonly slots?: number
  /** Nobody says which models are denied kexec. */
  readonly isKexecForAll?: boolean
  /** Commands that are answered by nobody. */
  readonly swallowed?: readonly string[]
}

export interface FleetRun {
  readonly options: FleetOptions
  readonly history: History
  readonly realMs: number
  /** Of everything that was seen: the same for two runs that went the same way. */
  readonly digest: string
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Who wakes within that time wakes together, so that many ask at once. Units: virtual ms. */
const SLACK_MS = 400
const WAIT_SECONDS = 60
/** So many models do not stand kexec. */
const DENIED_MODELS = 2
/** In this last part of its time a fleet is left in peace. */
const IN_PEACE = 0.25
/** Credentials are to be changed over as long a time, a day later. */
const LONGEST_ENROLLING_MS = 180 * MINUTE
/** After the last rollout has ended, whoever is still away may come back. */
const LATE_COMERS_MS = 15 * MINUTE

/** A fleet through its rollouts, over real HTTP, on virtual time; and all that was seen of it. */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const { seed, deterministic, minutes, sabotage = {} } = options
  const began = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'berth-fleet-'))
  const start = startOf(seed)
  const runMs = minutes * MINUTE
  const enrolling = start - CREDENTIAL_DAYS * DAY
  const clock = virtualClock({ start: enrolling, slackMs: deterministic ? 0 : SLACK_MS })
  const seen: Seen[] = []
  const see = (one: Seen): void => void seen.push(one)
  const rates = options.rates ?? FAULT_RATES
  const faultsUntil = (): number => start + runMs * (1 - IN_PEACE)
  const illnesses = illnessesOf({
    seed,
    count: rates.illnesses,
    from: start,
    forMs: troubledMs(options.agents),
  })
  const health = { origin: new URL(HEALTH_URL).origin, fetch: healthOfAll(clock, illnesses) }
  const server = killableService(join(folder, 'fleet.db'), clock, health)
  const hosts: FleetHost[] = []
  const byName = new Map<string, FleetHost>()
  const fates = fatesOf({ seed, clock, rates, faultsUntil, see })
  const takeAway = layWire({
    clock,
    service: server.url,
    fateOf: (question): Fate => (isUp ? fates.fateOf(question) : 'delivered'),
    lateMs: fates.lateMs,
    answered: wireRecorder(see, clock),
    listens: (from) => {
      const [agent = '', name = ''] = from.split('.')
      return name === '' || (byName.get(name)?.listens(agent) ?? false)
    },
  })
  let isUp = false
  try {
    await server.start()
    const operator = fleetOperator(clock, server.key)
    const shared = {
      ...{ seed, clock, rates, images: generatedImages(), see, faultsUntil, waitSeconds: WAIT_SECONDS },
      ...(sabotage.tamper && { tamper: sabotage.tamper }),
    }
    const models = shuffled(fleetModels(), chanceOf(seed, 'models'))
    const denied = models.slice(0, DENIED_MODELS).map(modelNameOf)
    for (let n = 0; n < options.agents; n++) {
      const model = models[n % models.length]
      if (!model) throw new Error('there are no captures')
      const host = fleetHost(`h${String(n).padStart(5, '0')}`, model, shared)
      hosts.push(host)
      byName.set(host.name, host)
    }
    options.progress?.(`${hosts.length} hosts of ${models.length} captures`)
    let history: History | null = null
    const driver = async (): Promise<void> => {
      await enrolFleet(hosts, { operator, clock, forMs: Math.min(runMs, LONGEST_ENROLLING_MS) })
      await clock.sleep(start - clock.now())
      const slots = slotsFor(hosts.length)
      const pool = { slots: sabotage.slots ?? slots, ttl_seconds: LEASE_TTL_MS / 1000, reason: 'the fleet' }
      await operator.must('PUT', `/lease-pools/${POOL}`, pool)
      await setLockersGoing({
        ...{ seed, clock, see, operator, group: POOL, ttlMs: LEASE_TTL_MS, until: faultsUntil() },
        slots: sabotage.slots ?? slots,
        count: Math.ceil((hosts.length * rates.lockers) / 1000),
      })
      if (!sabotage.isKexecForAll) await denyKexec(operator, denied)
      isUp = true
      for (const host of hosts) host.live()
      // Nothing can be planned for a host that has not shown its memory.
      await clock.sleep(3 * MINUTE)
      const changed = sabotage.rollout ?? ((spec: object) => spec)
      const asked = await askRollouts({ seed, clock, operator, hosts, slots, start, changed })
      const rollouts = asked.map((a) => a.rollout)
      const until = start + runMs
      const watch = watchOf({
        operator,
        clock,
        see,
        hosts,
        ...(sabotage.swallowed && { swallowed: sabotage.swallowed }),
      })
      const nextWrite = deterministic ? null : fates.nextWrite
      disturb({ seed, clock, see, rates, hosts, server, operator, watch, rollouts, faultsUntil, nextWrite })
      await watch.untilEnded(rollouts, until, options.progress)
      await clock.sleep(LATE_COMERS_MS)
      history = await readBack({
        operator,
        hosts,
        asked,
        seen,
        illnesses,
        denied: namesOf(hosts, denied),
        start,
        last: clock.now(),
      })
    }
    clock.at(enrolling, driver)
    await clock.run(() => history !== null)
    if (!history) throw new Error('nothing was read back')
    const realMs = performance.now() - began
    return { options, history, realMs, digest: digestOf(history) }
  } finally {
    await server.kill()
    await takeAway()
    await rm(folder, { recursive: true, force: true })
  }
}

function shuffled<T>(of: readonly T[], chance: Chance): T[] {
  return of
    .map((one) => ({ one, by: chance.fraction() }))
    .sort((a, b) => a.by - b.by)
    .map(({ one }) => one)
}
