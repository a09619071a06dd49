import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const BERTH = fileURLToPath(new URL('../../dist/cli/berth.js', import.meta.url))

export const ADMIN_KEY = `berth_admin_bench_${'0123456789abcdef'.repeat(4)}`

/** A server that runs in a process of its own. */
export interface Served {
  readonly url: string
  /** From the start of the process to the first 200 of /readyz. Units: milliseconds. */
  readonly readyAfter: number
  /** Processor time so far, as Linux tells it in hundredths of a second; NaN where the system does not. Units: milliseconds. */
  cpu(): number
  /** Resident memory: now, and the most so far. Units: MiB. */
  memory(): { readonly now: number; readonly most: number }
  stop(): Promise<void>
}

/** The service on a database, without a limit on who asks. */
export function serveBerth(databaseUrl: string, environment: NodeJS.ProcessEnv = {}): Promise<Served> {
  return serve([BERTH, 'serve'], {
    BERTH_DATABASE_URL: databaseUrl,
    BERTH_ADMIN_KEY: ADMIN_KEY,
    BERTH_LOG_LEVEL: 'info',
    BERTH_RATE_LIMIT: '1000000000',
    BERTH_AGENT_RATE_LIMIT: '1000000000',
    BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
    ...environment,
  })
}

/** A program that listens where BERTH_PORT says, and answers 200 at /readyz when it is ready. */
export async function serve(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Served> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment, BERTH_PORT: String(port) },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  // A bench that fails stops nobody.
  process.once('exit', () => child.kill())
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const readyAfter = performance.now() - began
  return {
    url: `http://127.0.0.1:${port}`,
    readyAfter,
    cpu: () => spentSoFar(child),
    memory: () => memoryOf(child),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function spentSoFar({ pid }: ChildProcess): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return NaN
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function memoryOf({ pid }: ChildProcess): { now: number; most: number } {
  const file = `/proc/${pid}/status`
  const status = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
  return { now: mib('VmRSS'), most: mib('VmHWM') }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
