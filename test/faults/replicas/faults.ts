import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Random } from '../../fuzz/random.ts'
import type { Postgresql } from '../../postgresql-server.mjs'
import type { Replica } from './replica.ts'

/** Units: milliseconds. */
const LONGEST_WAIT_MS = 15_000
const LONGEST_QUIET_MS = 1500
const LONGEST_DEAD_MS = 1000
const SHORT_PAUSE_MS = 1500
/** Longer than a transaction may stand still, shorter than a client waits. */
const LONG_PAUSE_MS = 12_000
const DEAF_MS = 3000
const MOST_TRIES = 200

export const FAULTS = [
  'replica killed',
  'connections cut',
  'replica stopped for a while',
  'replica stopped in a transaction',
  'notices cut off',
  'database crashed',
] as const
export type Fault = (typeof FAULTS)[number]

/** Of so many faults so many are of each kind; every kill is the next replica's in turn. */
const OFTEN: { readonly [F in Fault]: number } = {
  'replica killed': 6,
  'connections cut': 3,
  'replica stopped for a while': 2,
  'replica stopped in a transaction': 1,
  'notices cut off': 2,
  'database crashed': 1,
}

/** Faults in the order in which they come, up to so many kills: the same seed gives the same ones. */
export function faultsOf(random: Random, kills: number, isOurs: boolean): readonly Fault[] {
  const drawn = FAULTS.filter((fault) => isOurs || fault !== 'database crashed')
  const urn = drawn.flatMap((fault) => Array.from({ length: OFTEN[fault] }, () => fault))
  const faults: Fault[] = []
  for (let killed = 0; killed < kills;) {
    const fault = random.pick(urn)
    faults.push(fault)
    if (fault === 'replica killed') killed += 1
  }
  return faults
}

export interface Injecting {
  readonly replicas: readonly Replica[]
  readonly databaseUrl: string
  /** Null where the server is somebody else's. */
  readonly server: Postgresql | null
  readonly random: Random
  /** Told of each fault that was put in. */
  readonly injected: (fault: Fault) => void
  /** How many reboots were granted: between two faults there is at least one, or the machine is too slow for any. */
  readonly grants: () => number
}

/** Puts faults in, one after the other; at its end every replica is up again. */
export async function inject(given: Injecting, faults: readonly Fault[]): Promise<void> {
  const { replicas, random, injected, grants } = given
  const starting: Promise<void>[] = []
  for (const fault of faults) {
    const before = grants()
    await sleep(random.below(LONGEST_QUIET_MS))
    for (const end = Date.now() + LONGEST_WAIT_MS; grants() === before && Date.now() < end;) await sleep(50)
    if (await put(given, fault, starting)) injected(fault)
  }
  await Promise.all(starting)
  for (const one of replicas) if (!one.isUp) await one.start()
}

/** Whether it could be put in. */
async function put(
  { replicas, random, databaseUrl, server }: Injecting,
  fault: Fault,
  starting: Promise<void>[],
): Promise<boolean> {
  const victim = random.pick(replicas)
  const cut = (which: string) =>
    onDatabase(databaseUrl, `SELECT pg_terminate_backend(pid) FROM (${which}) AS of`)
  switch (fault) {
    case 'replica killed': {
      // Somebody is always left, and who starts is given the time for it.
      const up = replicas.filter((one) => one.isUp)
      if (up.length < 2) await Promise.all(starting)
      const dying = random.pick(replicas.filter((one) => one.isUp))
      await dying.kill()
      starting.push(sleep(random.below(LONGEST_DEAD_MS)).then(() => dying.start()))
      return true
    }
    case 'connections cut':
      // A start that finds no database ends: whoever watches over the service would make it again.
      await Promise.all(starting)
      await cut(connectionsOf(victim))
      return true
    case 'replica stopped for a while':
      return stopped(victim, SHORT_PAUSE_MS)
    case 'replica stopped in a transaction':
      return stoppedWriting(databaseUrl, victim)
    case 'notices cut off':
      await Promise.all(starting)
      for (const end = Date.now() + DEAF_MS; Date.now() < end; await sleep(100))
        await cut(`${connectionsOf(victim)} AND query LIKE 'LISTEN%'`)
      return true
    case 'database crashed':
      await Promise.all(starting)
      await server?.crash()
      await sleep(random.below(LONGEST_DEAD_MS))
      await server?.start()
      return server !== null
  }
}

function connectionsOf({ name }: Replica): string {
  return `SELECT pid FROM pg_stat_activity WHERE application_name = '${name}' AND datname = current_database()`
}

async function stopped(victim: Replica, ms: number): Promise<boolean> {
  if (!victim.isUp) return false
  victim.pause()
  await sleep(ms)
  victim.resume()
  return true
}

/** Stops it while it holds the writers' lock, for longer than the database lets it: what it does later must come to nothing. */
async function stoppedWriting(databaseUrl: string, victim: Replica): Promise<boolean> {
  const writing = `${connectionsOf(victim)} AND state = 'idle in transaction'`
  for (let tries = 0; tries < MOST_TRIES && victim.isUp; tries++) {
    victim.pause()
    const rows = await onDatabase(databaseUrl, writing)
    if (rows > 0) {
      await sleep(LONG_PAUSE_MS)
      victim.resume()
      return true
    }
    victim.resume()
    await sleep(tries % 20)
  }
  return false
}

/** How many rows a statement gave. */
async function onDatabase(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows.length
  } finally {
    await client.end()
  }
}
