import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatedImages, sha256 } from '../../agent/index.ts'
import {
  freezesFrom,
  LEASE_TTL_MS,
  mostUnavailable,
  PER_RACK,
  POOL,
  rolloutOf,
  slotsFor,
  SOAK_MS,
  startOf,
  WINDOWS,
} from './asked.ts'
import { chanceOf, type Chance } from './chance.ts'
import { virtualClock } from './clock.ts'
import { enrolFleet } from './enrol-fleet.ts'
import { fleetHost, type FleetHost, type FleetWith } from './fleet-host.ts'
import { fleetEntries, fleetModels } from './fleet-hosts.ts'
import type { Asked, History, Seen } from './history.ts'
import { fleetOperator } from './operator.ts'
import { FAULT_RATES, type FaultRates } from './rates.ts'
import { readBack } from './read-back.ts'
import { killableService } from './killable.ts'
import { disturb } from './trouble.ts'
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
/** Who wakes within that time wakes together, so that many ask at once. Units: virtual ms. */
const SLACK_MS = 400
const WAIT_SECONDS = 60
/** In this last part of its time a fleet is left in peace. */
const IN_PEACE = 0.25
/** After the last rollout has ended, whoever is still away may come back. */
const LATE_COMERS_MS = 15 * MINUTE

/** A fleet through its rollouts, over real HTTP, on virtual time; and all that was seen of it. */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const { seed, deterministic, minutes, sabotage = {} } = options
  const began = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'berth-fleet-'))
  const start = startOf(seed)
  const clock = virtualClock({ start, slackMs: deterministic ? 0 : SLACK_MS })
  const seen: Seen[] = []
  const see = (one: Seen): void => void seen.push(one)
  const rates = options.rates ?? FAULT_RATES
  const faultsUntil = (): number => start + minutes * MINUTE * (1 - IN_PEACE)
  const server = killableService(join(folder, 'fleet.db'), clock)
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
      return from === 'operator' || (byName.get(name)?.listens(agent) ?? false)
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
    for (let n = 0; n < options.agents; n++) {
      const model = models[n % models.length]
      if (!model) throw new Error('there are no captures')
      const host = fleetHost(`h${String(n).padStart(5, '0')}`, model, shared)
      hosts.push(host)
      byName.set(host.name, host)
    }
    options.progress?.(`${hosts.length} hosts of ${models.length} captures`)
    const asked: Asked[] = []
    let history: History | null = null
    const driver = async (): Promise<void> => {
      await enrolFleet(hosts, operator)
      const slots = slotsFor(hosts.length)
      const pool = { slots: sabotage.slots ?? slots, ttl_seconds: LEASE_TTL_MS / 1000, reason: 'the fleet' }
      await operator.must('PUT', `/lease-pools/${POOL}`, pool)
      isUp = true
      for (const host of hosts) host.live()
      // Nothing can be planned for a host that has not shown its memory.
      await clock.sleep(3 * MINUTE)
      for (const { arch, entry } of fleetEntries()) {
        const own = hosts.filter((h) => h.arch === arch)
        if (own.length === 0) continue
        const { id: bootEntry } = (await operator.must('POST', '/boot-entries', entry)).body as { id: string }
        const spec = rolloutOf(arch, own.length, bootEntry, start)
        const made = await operator.must('POST', '/rollouts', sabotage.rollout?.(spec) ?? spec)
        const rollout = (made.body as { id: string }).id
        asked.push({
          ...{ rollout, pool: POOL, slots, ttlMs: LEASE_TTL_MS, soakMs: SOAK_MS, windows: WINDOWS },
          ...{
            maxUnavailable: mostUnavailable(own.length),
            perDomain: PER_RACK,
            freezes: freezesFrom(start),
          },
        })
        await operator.must('POST', `/rollouts/${rollout}/submit`, { reason: 'the simulation begins' })
      }
      const rollouts = asked.map((a) => a.rollout)
      const until = start + minutes * MINUTE
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
      history = await readBack({ operator, hosts, asked, seen, start, last: clock.now() })
    }
    clock.at(start, driver)
    await clock.run(() => history !== null)
    if (!history) throw new Error('nothing was read back')
    const realMs = performance.now() - began
    return { options, history, realMs, digest: digestOf(history, hosts) }
  } finally {
    await server.kill()
    await takeAway()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Ids and what holds them are drawn by the service; everything else must be the same. */
function digestOf({ seen, members }: History, hosts: readonly FleetHost[]): string {
  const names = new Map<string, string>(hosts.map((h) => [h.id, h.name]))
  const nameOf = (id: string): string => {
    const known = names.get(id) ?? `${id.split('_')[0]}-${names.size}`
    names.set(id, known)
    return known
  }
  const text = JSON.stringify([seen, members]).replace(/\b(host|plan|roll)_[0-9a-z]{26}\b/g, nameOf)
  return sha256(text)
}

function shuffled<T>(of: readonly T[], chance: Chance): T[] {
  return of
    .map((one) => ({ one, by: chance.fraction() }))
    .sort((a, b) => a.by - b.by)
    .map(({ one }) => one)
}
