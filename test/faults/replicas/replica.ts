import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'

const LOOK_MS = 100
/** A process that does not answer after so long never will. */
const START_MS = 180_000
const MOST_SAID = 1_000_000

/** One process of the service, killed and started again at one address. */
export interface Replica {
  readonly number: number
  readonly url: string
  /** By what PostgreSQL knows its connections. */
  readonly name: string
  /** Whether it answers, as far as anybody knows. */
  readonly isUp: boolean
  readonly isPaused: boolean
  /** Resolves when it is ready. Errors: it ended before that. */
  start(): Promise<void>
  kill(): Promise<void>
  /** Stops it in the middle of whatever it does. */
  pause(): void
  resume(): void
  /** How often it ended, and nobody had killed it; and what it said last. */
  readonly ends: readonly string[]
  /** Lines of its log, of all its lives. */
  readonly log: () => readonly string[]
}

export interface Serving {
  readonly number: number
  /** The command that serves. */
  readonly script: string
  readonly port: number
  readonly databaseUrl: string
  readonly environment: Readonly<Record<string, string>>
}

export function replica({ number, script, port, databaseUrl, environment }: Serving): Replica {
  const name = `replica-${number}`
  const url = `http://127.0.0.1:${port}`
  const database = new URL(databaseUrl)
  database.searchParams.set('application_name', name)
  const ends: string[] = []
  let said = ''
  let child: ChildProcess | null = null
  let isUp = false
  let isPaused = false

  function spawned(): ChildProcess {
    const own = {
      ...environment,
      BERTH_DATABASE_URL: database.href,
      BERTH_PORT: String(port),
      BERTH_LOG_LEVEL: 'error',
    }
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...own }
    const next = spawn(process.execPath, [script, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const hear = (text: Buffer) => (said = (said + String(text)).slice(-MOST_SAID))
    next.stdout.on('data', hear)
    next.stderr.on('data', hear)
    next.once('exit', (code, signal) => {
      if (child !== next) return
      child = null
      isUp = false
      ends.push(`${name} ended by itself (${signal ?? code}): ${said.slice(-2000)}`)
    })
    return next
  }

  return {
    number,
    url,
    name,
    ends,
    log: () => said.split('\n'),
    get isUp() {
      return isUp
    },
    get isPaused() {
      return isPaused
    },
    start: async () => {
      child = spawned()
      for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
        if (child === null) throw new Error(ends.at(-1))
        if (await isReady(url)) {
          isUp = true
          return
        }
        await sleep(LOOK_MS)
      }
      throw new Error(`${name} is not ready after ${START_MS / 1000} s`)
    },
    kill: async () => {
      const dying = child
      child = null
      isUp = false
      isPaused = false
      if (dying === null || dying.exitCode !== null) return
      const ended = new Promise((resolve) => dying.once('exit', resolve))
      dying.kill('SIGKILL')
      await ended
    },
    pause: () => {
      isPaused = child?.kill('SIGSTOP') ?? false
    },
    resume: () => {
      child?.kill('SIGCONT')
      isPaused = false
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/readyz`, { headersTimeout: 5000 })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}
