import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedImages, type KexecBackend } from '../../agent/index.ts'
import { readConfig } from '../../config.ts'
import { startServer } from '../../server.ts'
import { EXIT, type ExitCode, type Io } from '../io.ts'
import { progressOf } from '../progress.ts'
import { demoHosts, type DemoHost } from './demo-hosts.ts'
import { demoTable, landedWherePlanned } from './demo-table.ts'
import { operator } from './operator.ts'
import { runHost, type DemoRow } from './run-host.ts'

export interface DemoOptions {
  /** Stay up when done, and print the URLs. */
  readonly keep: boolean
  /** A folder of captures with what their experiments recorded. */
  readonly hosts: string
  /** Of the hosts, only these; all where it is empty. */
  readonly only: readonly string[]
  readonly boots: number
  /** For tests: what stands between a host's agent and its machine. */
  readonly tamper?: (backend: KexecBackend, host: DemoHost) => KexecBackend
}

/** The captures of real hosts that come with the repository. */
export const DEMO_HOSTS = fileURLToPath(new URL('../../../test/hosts', import.meta.url))

/** Hosts under way at the same time: their agents mostly wait for one another. */
const AT_ONCE = 4
/** One process plays a whole fleet from one address. */
const NO_LIMIT = '1000000'

/**
 * `berth demo`: the main job on captured hosts, over real HTTP and a database of its own: snapshot,
 * pinned plan, emulated load and jump, proof; for each host as many boots as asked for.
 *
 * Leaves with 1 where any host did not land where planned.
 */
export async function demo(options: DemoOptions, io: Io): Promise<ExitCode> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-demo-'))
  const server = await startServer(
    readConfig({
      BERTH_DATABASE_URL: `file:${join(folder, 'demo.db')}`,
      BERTH_PORT: '0',
      BERTH_LOG_LEVEL: 'silent',
      BERTH_RATE_LIMIT: NO_LIMIT,
      BERTH_AGENT_RATE_LIMIT: NO_LIMIT,
      // The emulated machines compute in this process, and hold up its event loop while they do.
      BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
    }),
  )
  let left = false
  try {
    const all = demoHosts(options.hosts)
    const hosts = options.only.length === 0 ? all : all.filter((host) => options.only.includes(host.name))
    const rows = await runFleet(hosts, options, { url: server.url, key: server.firstKey ?? '', io })
    io.out(demoTable(rows, options.boots))
    if (options.keep) {
      left = true
      const stop = `Stop it with Ctrl-C; it takes ${folder} with it.`
      io.err(`\nAPI ${server.url}/v1, Swagger UI ${server.url}/docs\nadmin key ${server.firstKey}\n${stop}\n`)
      await signalled()
    }
    const landed = rows.every((row) => landedWherePlanned(row, options.boots))
    return rows.length > 0 && landed ? EXIT.ok : EXIT.failed
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
    if (left) io.err('stopped\n')
  }
}

async function runFleet(
  hosts: readonly DemoHost[],
  options: DemoOptions,
  { url: server, key, io }: { readonly url: string; readonly key: string; readonly io: Io },
): Promise<DemoRow[]> {
  const bar = progressOf(io, hosts.length, 'hosts')
  const shared = { server, operator: operator(server, key), images: generatedImages(), boots: options.boots }
  const rows = new Map<string, DemoRow>()
  const waiting = [...hosts]
  const worker = async () => {
    for (let host = waiting.shift(); host; host = waiting.shift()) {
      const own = host
      const tamper = options.tamper && ((backend: KexecBackend) => options.tamper?.(backend, own) ?? backend)
      rows.set(host.name, await runHost(host, tamper ? { ...shared, tamper } : shared))
      bar.step(host.name)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker)).finally(() => bar.stop())
  return hosts.map((host) => rows.get(host.name)).filter((row) => row !== undefined)
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
