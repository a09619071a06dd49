import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { freshDatabase, SERVER } from '../database.ts'
import { entryOf, snapshotOf } from '../http/fixtures.ts'
import { makeFleet } from './fleet.ts'
import { medianOf, shown } from './measure.ts'
import { ADMIN_KEY, serve, serveBerth, type Served } from './served.ts'
import { SHORT } from './short.ts'

const ROUNDS = SHORT ? 1 : 5
const SECONDS = SHORT ? 1 : 3
const CONNECTIONS = 8
/** Enough that none posts more boots than are kept of it. */
const HOSTS = SHORT ? 8 : 400
const AT = new Date('2030-01-01T00:00:00.000Z')
const RAW_APP = fileURLToPath(new URL('raw-app.mjs', import.meta.url))
const CAPTURE = 'arm64-uefi-acpi-2g-exec-k612-host2'
const OF_BOOT = '«boot»'

const dir = await mkdtemp(path.join(tmpdir(), 'berth-bench-'))
afterAll(() => rm(dir, { recursive: true }))

/** One kind of request, again and again. */
interface Load {
  readonly name: string
  readonly served: readonly Served[]
  readonly request: autocannon.Request
  readonly status: number
}

interface Round {
  readonly rate: number
  /** Of the servers, whichever thread. Units: microseconds a request. */
  readonly cpu: number
}

const engine = SERVER === undefined ? 'SQLite' : 'PostgreSQL'

test(`the service beside a raw app, on ${engine}`, async () => {
  const database = await freshDatabase()
  const { hosts, boots } = await fleetIn(database.url)
  const berth = await serveBerth(database.url, database.environment)
  const others =
    SERVER === undefined
      ? []
      : await Promise.all([1, 2].map(() => serveBerth(database.url, database.environment)))
  const rawDatabase = SERVER === undefined ? `file:${path.join(dir, 'raw.db')}` : (await freshDatabase()).url
  const raw = await serve([RAW_APP], { BENCH_RAW_DATABASE: rawDatabase })
  const { entry, plan, map } = await planned(berth, hosts[0] ?? '')
  await put(raw, '/keys/bench', {
    hash: createHash('sha256')
      .update(ADMIN_KEY.split('_')[3] ?? '')
      .digest('hex'),
  })
  await put(raw, '/plans/plan', { text: plan.text })
  await put(raw, '/plans/map', { text: map.text })

  const get = { method: 'GET', headers: { authorization: `Bearer ${ADMIN_KEY}` } } as const
  const post = posts(hosts, boots)
  const three = [berth, ...others]
  const loads: Load[] = [
    {
      name: 'raw app: post and insert',
      served: [raw],
      request: post((id) => `/hosts/${id}/snapshots`),
      status: 201,
    },
    {
      name: 'snapshot with its plan',
      served: [berth],
      request: post((id) => `/v1/hosts/${id}/snapshots?plan=${entry}`),
      status: 201,
    },
    {
      name: 'snapshot alone',
      served: [berth],
      request: post((id) => `/v1/hosts/${id}/snapshots`),
      status: 201,
    },
    ...(others.length > 0
      ? [
          {
            name: 'snapshot with its plan, 3 replicas',
            served: three,
            request: post((id) => `/v1/hosts/${id}/snapshots?plan=${entry}`),
            status: 201,
          },
        ]
      : []),
    { name: 'raw app: read of a plan', served: [raw], request: { ...get, path: '/plans/plan' }, status: 200 },
    { name: 'plan', served: [berth], request: { ...get, path: plan.path }, status: 200 },
    {
      name: 'plan, 304',
      served: [berth],
      request: { ...get, path: plan.path, headers: { ...get.headers, 'if-none-match': plan.etag } },
      status: 304,
    },
    { name: 'raw app: read of a map', served: [raw], request: { ...get, path: '/plans/map' }, status: 200 },
    { name: 'map', served: [berth], request: { ...get, path: map.path }, status: 200 },
    {
      name: 'map, 304',
      served: [berth],
      request: { ...get, path: map.path, headers: { ...get.headers, 'if-none-match': map.etag } },
      status: 304,
    },
    ...(others.length > 0
      ? [{ name: 'plan, 3 replicas', served: three, request: { ...get, path: plan.path }, status: 200 }]
      : []),
  ]
  const rounds: Round[][] = loads.map(() => [])
  // The first of each warms it up.
  if (!SHORT) for (const load of loads) await round(load, 1)
  for (let n = 0; n < ROUNDS; n++)
    for (const [i, load] of loads.entries()) rounds[i]?.push(await round(load, SECONDS))

  console.log(
    `${engine}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s; a snapshot has ${(Buffer.byteLength(boots.join('')) / 1024).toFixed(1)} KiB`,
  )
  let yardstick: readonly Round[] = []
  for (const [i, { name }] of loads.entries()) {
    const own = rounds[i] ?? []
    if (name.startsWith('raw app')) yardstick = own
    const ratio = (of: 'rate' | 'cpu') => medianOf(own.map((r, n) => r[of] / (yardstick[n]?.[of] ?? NaN)))
    console.log(
      `  ${name.padEnd(36)}${shown(medianOf(own.map((r) => r.rate))).padStart(8)} a second${shown(medianOf(own.map((r) => r.cpu))).padStart(8)} µs CPU  ${(100 * ratio('rate')).toFixed(0)} % of its rate, ${ratio('cpu').toFixed(1)} × its CPU`,
    )
  }
  for (const served of [raw, ...three]) await served.stop()
  await database.drop()
  expect(rounds.every((own) => own.length === ROUNDS)).toBe(true)
})

async function round({ name, served, request, status }: Load, seconds: number): Promise<Round> {
  const before = served.map((one) => one.cpu())
  const results = await Promise.all(
    served.map(({ url }) =>
      autocannon({ url, connections: CONNECTIONS / served.length, duration: seconds, requests: [request] }),
    ),
  )
  let count = 0
  for (const { errors, statusCodeStats = {} } of results) {
    const wrong = Object.keys(statusCodeStats).filter((code) => Number(code) !== status)
    if (errors > 0 || wrong.length > 0)
      throw new Error(`${name}: ${errors} errors, ${JSON.stringify(statusCodeStats)}`)
    count += statusCodeStats[`${status}`]?.count ?? 0
  }
  const cpu = served.reduce((sum, one, i) => sum + one.cpu() - (before[i] ?? NaN), 0)
  return { rate: count / (results[0]?.duration ?? NaN), cpu: (cpu * 1000) / count }
}

/** Each of the hosts in its turn, each time with a boot that nobody has seen. */
function posts(hosts: readonly string[], [before = '', after = '']: readonly string[]) {
  let boot = 0
  return (pathOf: (host: string) => string): autocannon.Request => ({
    method: 'POST',
    setupRequest: (request) => ({
      ...request,
      path: pathOf(hosts[++boot % hosts.length] ?? ''),
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: `${before}boot-${boot}${after}`,
    }),
  })
}

/** Hosts of one capture, and its snapshot as JSON around the name of its boot. */
async function fleetIn(url: string) {
  const store = await openStore(url)
  const hosts = await makeFleet(store, { at: AT, hosts: HOSTS, seen: false, captures: [CAPTURE] })
  await store.close()
  return { hosts, boots: JSON.stringify(snapshotOf(CAPTURE, OF_BOOT)).split(OF_BOOT) }
}

/** A boot entry, and a plan and a map to be read. */
async function planned(served: Served, host: string) {
  const { id: entry } = (await asked(served, 'POST', '/v1/boot-entries', entryOf(CAPTURE))).json as {
    id: string
  }
  const posted = await asked(
    served,
    'POST',
    `/v1/hosts/${host}/snapshots?plan=${entry}`,
    snapshotOf(CAPTURE, 'first'),
  )
  const { id, plan } = posted.json as { id: string; plan: { id: string } }
  const read = async (at: string) => ({ path: at, ...(await asked(served, 'GET', at)) })
  return {
    entry,
    plan: await read(`/v1/plans/${plan.id}`),
    map: await read(`/v1/hosts/${host}/snapshots/${id}/map`),
  }
}

async function asked({ url }: Served, method: string, at: string, body?: object) {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(
    `${url}${at}`,
    body
      ? { method, headers, body: JSON.stringify(body) }
      : { method, headers: { authorization: headers.authorization } },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${at}: ${text}`)
  return { text, json: JSON.parse(text) as unknown, etag: response.headers.get('etag') ?? '' }
}

async function put(served: Served, at: string, body: object): Promise<void> {
  await asked(served, 'PUT', at, body)
}
