import {
  emulatedHost,
  enroll,
  memoryJournal,
  memorySpool,
  run,
  sha256,
  type Agent,
  type EmulatedHost,
  type Identity,
  type ImageSource,
} from '../../agent/index.ts'
import type { CaptureFiles } from '../../planner/index.ts'
import { chanceOf } from './chance.ts'
import type { Clock } from './clock.ts'
import type { FleetModel } from './fleet-hosts.ts'
import { bootIdOf, fleetKernel, type End } from './fleet-kernel.ts'
import type { Seen } from './history.ts'
import type { FaultRates } from './rates.ts'
import { WIRE_DOMAIN } from './wire.ts'

/** What all hosts of a fleet share. */
export interface FleetWith {
  readonly seed: number
  readonly clock: Clock
  readonly rates: FaultRates
  readonly images: ImageSource
  readonly see: (seen: Seen) => void
  /** Faults stop at this time, so that all can end. */
  readonly faultsUntil: () => number
  /** For tests: something between an agent and its host. */
  readonly tamper?: (of: Pick<Agent, 'backend' | 'capture'>, machine: EmulatedHost) => Partial<Agent>
  /** How long an agent waits for an assignment. Units: seconds. */
  readonly waitSeconds: number
}

/** One host: an emulated machine, its disk, and the agent that runs on it while it is up. */
export interface FleetHost {
  readonly name: string
  readonly arch: 'arm64' | 'x86_64'
  /** Its name at the service; empty before it has enrolled. */
  readonly id: string
  readonly isLost: boolean
  /** What the service is told of the machine. */
  readonly hints: { readonly machine_id: string; readonly arch: string; readonly hardware_model: string }
  enroll(token: string): Promise<void>
  /** Switches it on; from then on it lives by itself. */
  live(): void
  /** Somebody pulls the plug. */
  cutPower(): void
  /** Whether the agent of that number still runs. */
  listens(agent: string): boolean
}

const SECOND = 1000
const MINUTE = 60 * SECOND
/** How far a wrong clock is off, at most. Units: ms. */
const MAX_SKEW = 3 * 60 * MINUTE

/** As the service knows it. */
export function modelNameOf({ name }: FleetModel): string {
  return `emulated ${name}`
}

/** Sets a host up under a machine id of its own. Errors: throws for a capture that cannot be read. */
export function fleetHost(name: string, model: FleetModel, given: FleetWith): FleetHost {
  const { clock, seed, rates, see } = given
  const chance = chanceOf(seed, name)
  const emulated = emulatedHost(
    { ...model.files, 'boot-id': `${uuidOf(`${seed} ${name}`)}\n` },
    { seed: chance.between(1, 2 ** 30), gicHazards: true },
  )
  if (!emulated.ok) throw new Error(`${model.name}: ${JSON.stringify(emulated.error)}`)
  const machine = emulated.value
  const skew = chance.perMille(rates.wrongClock) ? chance.between(-MAX_SKEW, MAX_SKEW) : 0
  const journal = memoryJournal()
  const spool = memorySpool()
  let identity: Identity | null = null
  let agents = 0
  let current: { readonly index: number; end(how: End): void } | null = null
  let isLost = false

  const mayFail = (rate: number): boolean => clock.now() < given.faultsUntil() && chance.perMille(rate)
  const fault = (kind: string): void => see({ what: 'fault', at: clock.now(), kind, host: name })
  const bootMs = (): number => chance.between(40 * SECOND, 4 * MINUTE)
  const planNow = async (): Promise<string | null> => (await journal.read())?.plan ?? null

  const kernel = fleetKernel({
    ...{ machine, rates, see, planNow, mayFail, fault, bootMs, host: name },
    now: () => clock.now(),
  })

  const hints = {
    machine_id: sha256(`${seed} machine ${name}`).slice(0, 32),
    arch: model.arch,
    hardware_model: modelNameOf(model),
  }

  const host: FleetHost = {
    name,
    hints,
    arch: model.arch,
    get id() {
      return identity?.host ?? ''
    },
    get isLost() {
      return isLost
    },
    async enroll(token) {
      const enrolled = await enroll({
        server: serverOf(0, name),
        token,
        hostname: name,
        machineId: hints.machine_id,
        arch: model.arch,
        hardwareModel: hints.hardware_model,
        sleep: (ms) => clock.sleep(ms),
        now: () => clock.now() + skew,
      })
      if (!enrolled.ok) throw new Error(`${name}: ${enrolled.error.detail}`)
      identity = enrolled.value
    },
    live: () => clock.at(clock.now(), live),
    cutPower() {
      if (!current) return
      see({ what: 'power-cut', at: clock.now(), host: name })
      current.end({ how: 'power', downMs: bootMs() })
    },
    listens: (agent) => agent === 'i0' || agent === `i${current?.index}`,
  }

  async function live(): Promise<void> {
    for (;;) {
      const end = await oneAgent()
      if (end.how === 'lost') {
        isLost = true
        see({ what: 'lost', at: clock.now(), host: name, plan: await planNow() })
        return
      }
      if (end.how === 'power') {
        kernel.powerCycle()
      }
      await clock.sleep(end.downMs)
      if (end.how === 'process') continue
      const bootId = bootIdOf(await kernel.capture())
      const [plan, came] = end.how === 'jump' ? [end.plan, end.came] : [null, 'cold' as const]
      see({ what: 'booted', at: clock.now(), host: name, plan, came, bootId })
    }
  }

  /** From the start of an agent to its end, however that comes. */
  function oneAgent(): Promise<End> {
    return new Promise((resolve, reject) => {
      const index = ++agents
      let isAlive = true
      const end = (how: End): void => {
        if (!isAlive) return
        isAlive = false
        current = null
        resolve(how)
      }
      current = { index, end }
      const gone = <T>(): Promise<T> => new Promise<T>(() => {})
      /** What a process that has ended waits for never comes. */
      const whileAlive = async <T>(work: T | Promise<T>): Promise<T> => {
        const done = await work
        return isAlive ? done : gone<T>()
      }
      const backend = kernel.backend(end, whileAlive)
      const capturing = (): Promise<CaptureFiles> => whileAlive(kernel.capture())
      const agent: Agent = {
        identity: { ...(identity as Identity), server: serverOf(index, name) },
        backend,
        capture: capturing,
        images: given.images,
        journal,
        spool,
        keep: async (changed) => {
          identity = changed
        },
        sleep: (ms) => whileAlive(clock.sleep(ms)),
        now: () => clock.now() + skew,
        random: () => chance.fraction(),
        async step(step) {
          if (!isAlive) return gone()
          const isIdle = step === 'snapshot-posted'
          const dies = mayFail(isIdle ? rates.idleAgentDies : rates.agentDies)
          const fails = !dies && !isIdle && mayFail(rates.powerFails)
          if (!dies && !fails) return
          fault(`${dies ? 'agent died' : 'power failed'} at ${step}`)
          end(
            dies
              ? { how: 'process', downMs: chance.between(1, 3 * MINUTE) }
              : { how: 'power', downMs: bootMs() },
          )
          return gone()
        },
        ...given.tamper?.({ backend, capture: capturing }, machine),
      }
      run(agent, () => false, given.waitSeconds).catch(reject)
    })
  }

  return host
}

/** Every start of an agent asks by a name of its own, so that nobody answers the one before. */
function serverOf(agent: number, host: string): string {
  return `http://i${agent}.${host}.${WIRE_DOMAIN}`
}

function uuidOf(text: string): string {
  const d = sha256(text)
  return [d.slice(0, 8), d.slice(8, 12), `4${d.slice(13, 16)}`, `8${d.slice(17, 20)}`, d.slice(20, 32)].join(
    '-',
  )
}
