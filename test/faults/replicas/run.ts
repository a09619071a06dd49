import { randomBytes } from 'node:crypto'
import { randomOf } from '../../fuzz/random.ts'
import { freePort, startPostgresql } from '../../postgresql-server.mjs'
import { onServer } from '../../database.ts'
import type { Tally } from '../tally.ts'
import { balancer } from './balancer.ts'
import { CHECKS, type CountsAs } from './checks/index.ts'
import { assigning } from './clients/assigning.ts'
import { enrolled, posted, type Host } from './clients/enrolled.ts'
import { enrolling } from './clients/enrolling.ts'
import { follower } from './clients/following.ts'
import { keeping } from './clients/keys.ts'
import { locking } from './clients/locking.ts'
import { pinning } from './clients/pinning.ts'
import { rebooting, rollingOut } from './clients/rolling.ts'
import { witnessing } from './clients/witnessing.ts'
import { faultsOf, inject, type Fault } from './faults.ts'
import { readHeld } from './held.ts'
import { isGood, only, type History, type What } from './history.ts'
import { replica, type Replica } from './replica.ts'
import { POOLS, setStage, SLOTS, type Stage } from './stage.ts'

export interface RunOptions {
  /** How many processes share the database. */
  readonly replicas: number
  readonly kills: number
  readonly seed: number
  /** The command that serves. */
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
  /** A server whose databases may be made and dropped; one of our own, which can crash, where it is left out. */
  readonly serverUrl: string | undefined
}

export interface Run {
  readonly tally: Tally
  /** By what each check holds: how much it looked at. */
  readonly looked: readonly (readonly [holds: string, count: number])[]
  readonly violations: readonly string[]
  /** What replicas have logged of requests that were answered wrongly. */
  readonly logged: readonly string[]
}

/** In each pool. */
const AGENTS = 2
const PINNERS = 3
const PINNED = 2
/** What a key of the environment looks like. */
const ADMIN = `berth_admin_faults_${'0123456789abcdef'.repeat(4)}`
const NO_LIMIT = '1000000000'

/** Lets clients loose on several replicas, puts faults in, and judges what the clients saw. */
export async function runReplicas(options: RunOptions): Promise<Run> {
  const own = options.serverUrl === undefined ? await startPostgresql({ log_min_messages: 'panic' }) : null
  const server = own?.url ?? options.serverUrl ?? ''
  const name = `berth_faults_${randomBytes(6).toString('hex')}`
  try {
    await onServer(server, `CREATE DATABASE "${name}"`)
    // Else an answer may be sent before what it says is safe: nobody promises anything then.
    await onServer(server, `ALTER DATABASE "${name}" SET synchronous_commit = on`)
    const url = new URL(server)
    url.pathname = `/${name}`
    return await runOn(url.href, own, options)
  } finally {
    await onServer(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    await own?.stop()
  }
}

async function runOn(
  databaseUrl: string,
  server: Awaited<ReturnType<typeof startPostgresql>> | null,
  { replicas: count, kills, seed, script, environment }: RunOptions,
): Promise<Run> {
  const limits = {
    BERTH_RATE_LIMIT: NO_LIMIT,
    BERTH_AGENT_RATE_LIMIT: NO_LIMIT,
    BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
  }
  const env = { ...environment, ...limits, BERTH_ADMIN_KEY: ADMIN }
  const replicas: Replica[] = []
  for (let number = 0; number < count; number++)
    replicas.push(replica({ number, script, port: await freePort(), databaseUrl, environment: env }))
  const began = performance.now()
  const now = () => performance.now() - began
  const through = balancer(replicas, now)
  const faults = new Map<string, number>()
  try {
    // All at once, on an empty database.
    await Promise.all(replicas.map((one) => one.start()))
    let isOver = false
    const given = { balancer: through, admin: ADMIN, replicas: count, isOver: () => isOver }
    const stage = await setStage(given, seed)
    const following = follower(stage, replicas)
    const clients = await letLoose(stage)
    clients.push(following.run())
    const random = randomOf(seed)
    const injected = (fault: Fault) => void faults.set(fault, (faults.get(fault) ?? 0) + 1)
    await inject(
      { replicas, databaseUrl, server, random, injected, grants: () => grantsIn(through) },
      faultsOf(random, kills, server !== null),
    )
    isOver = true
    await Promise.all(clients)
    await through.settled()
    await following.drain()
    const history = {
      ...{ asked: through.asked, told: following.told, toldAfter: 0, slots: SLOTS },
      held: await readHeld(databaseUrl),
      pinsByReplica: await pinsByReplica(stage, replicas),
    }
    const ends = replicas.flatMap((one) => one.ends)
    const run = judged(history, { seed, seconds: now() / 1000, faults, requests: through.sent, ends })
    const log = replicas.flatMap((one) => one.log())
    const ids = history.asked.map(({ id }) => id).filter((id) => run.violations.some((v) => v.includes(id)))
    return { ...run, logged: log.filter((line) => ids.some((id) => line.includes(id))) }
  } finally {
    for (const one of replicas) await one.kill()
    await through.close()
  }
}

/** Reboots that agents were granted so far. */
const grantsIn = ({ asked }: Pick<History, 'asked'>): number =>
  asked.filter((one) => one.what === 'report' && one.mark === 'executing' && isGood(one)).length

/** All clients, at work. */
async function letLoose(stage: Stage): Promise<Promise<void>[]> {
  const hosts = await Promise.all(Array.from({ length: PINNED + 1 }, (_, i) => settled(stage, `host-${i}`)))
  const [assigned, ...rest] = hosts as [Host, ...Host[]]
  const pinned = rest.map(({ id }) => id)
  const pools = await Promise.all(POOLS.map((pool) => inPool(stage, pool)))
  return [
    assigning(stage, assigned),
    ...pools.flat(),
    ...Array.from({ length: PINNERS }, (_, i) => pinning(stage, `pinner-${i}`, pinned)),
    enrolling(stage, 'machine'),
    keeping(stage, 'keeper-a'),
    keeping(stage, 'keeper-b'),
    witnessing(stage, 'witness'),
  ]
}

/** Those who want the places of one pool: agents in rollouts, and somebody by FleetLock. */
async function inPool(stage: Stage, pool: string): Promise<Promise<void>[]> {
  const names = Array.from({ length: AGENTS }, (_, i) => `${pool}-agent-${i}`)
  const hosts = await Promise.all(names.map((name) => settled(stage, name)))
  return [
    ...hosts.map((host, i) => rebooting(stage, names[i] ?? '', host)),
    rollingOut(stage, `${pool}-operator`, { hosts: hosts.map(({ id }) => id), pool }),
    locking(stage, `${pool}-locker`, pool),
  ]
}

async function settled(stage: Stage, name: string): Promise<Host> {
  const host = await enrolled(stage, name, name)
  if (!host || !isGood(await posted(stage, name, host, `${name}-first`)))
    throw new Error(`${name} did not enrol`)
  return host
}

async function pinsByReplica({ admin, balancer }: Stage, replicas: readonly Replica[]) {
  const hosts = new Set(only(balancer, 'pin-read').map((one) => one.about))
  const texts = new Map<string, string[]>()
  for (const host of hosts) {
    const said: string[] = []
    for (const { number } of replicas) {
      const wanted = { client: 'the end', what: 'look', about: host, method: 'GET', as: admin } as const
      const one = await balancer.ask({
        ...wanted,
        path: `/v1/hosts/${host}/pins`,
        again: 'as-it-is',
        at: number,
      })
      said.push(`${one.status} ${one.body}`)
    }
    texts.set(host, said)
  }
  return texts
}

const KILL: Fault = 'replica killed'
const WRITES: readonly What[] = [
  ...(['set-up', 'enrol', 'snapshot', 'plan', 'pin-set', 'pin-forget'] as const),
  ...(['key', 'key-revoke', 'lock', 'unlock', 'report', 'rollout'] as const),
]

interface Lived {
  readonly seed: number
  readonly seconds: number
  readonly faults: ReadonlyMap<string, number>
  readonly requests: number
  /** Replicas that ended, and nobody had killed them. */
  readonly ends: readonly string[]
}

function judged(history: History, { seed, seconds, faults, requests, ends }: Lived): Omit<Run, 'logged'> {
  const counted: Record<CountsAs, number> = { lost: 0, doubleGrants: 0, wrong: ends.length }
  const violations = [...ends]
  const looked = CHECKS.map(([holds, as, check]) => {
    const found = check(history)
    counted[as] += found.violations.length
    violations.push(...found.violations.map((violation) => `${holds}: ${violation}`))
    return [holds, found.looked] as const
  })
  const kills = faults.get(KILL) ?? 0
  const all = [...faults.values()].reduce((sum, count) => sum + count, 0)
  const tally: Tally = {
    ...{ kind: 'replicas', seed, seconds, kills, faults: all - kills, requests, ...counted },
    acknowledged: only(history, ...WRITES).filter(isGood).length,
    remarks: [
      ...[...faults].map(([kind, count]) => `${kind}: ${count}`),
      ...looked.map(([holds, count]) => `${holds}: looked at ${count}`),
    ],
  }
  return { tally, looked, violations }
}
