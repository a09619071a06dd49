import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { ROOT } from '../house/source-files.ts'

/** What lies beside `dist` in a checkout, and is only read. */
const SHARED = ['node_modules', 'package.json', 'prisma', 'openapi']

/** The service and the command as JavaScript, file by file as they are in `src`. */
export interface Built {
  readonly folder: string
  remove(): void
}

/** A build in seconds: a bundler takes the types away and checks none of them. */
export async function built(): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-built-'))
  for (const name of SHARED) symlinkSync(join(ROOT, name), join(folder, name))
  const input = ['src/server.ts', 'src/cli/berth.ts']
  const bundle = await rolldown({
    cwd: ROOT,
    input,
    platform: 'node',
    external: [/^[a-z@]/],
    logLevel: 'silent',
  })
  const dir = join(folder, 'dist')
  await bundle.write({ dir, format: 'esm', preserveModules: true, preserveModulesRoot: 'src' })
  await bundle.close()
  cpSync(join(ROOT, 'src/web/assets'), join(dir, 'web/assets'), { recursive: true })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A service in a process of its own. */
export interface OwnProcess {
  readonly url: string
  /** SIGKILL: it is told nothing. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM: it may end what it has begun. */
  stop(): Promise<void>
}

/** Errors: rejects with what it said, when it ends before it listens. */
export function startProcess(
  { folder }: Built,
  environment: Readonly<Record<string, string>>,
): Promise<OwnProcess> {
  const child = spawn(process.execPath, [join(folder, 'dist/server.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      BERTH_PORT: '0',
      BERTH_RATE_LIMIT: '1000000',
      BERTH_AGENT_RATE_LIMIT: '1000000',
      BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
      ...environment,
    },
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = (signal: NodeJS.Signals) => async () => {
    child.kill(signal)
    await gone
  }
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (part: Buffer): void => {
      said += part.toString()
      const [, url] = /listening at (https?:\/\/[^"\s]+)/.exec(said) ?? []
      if (url === undefined) return
      // What it says from here on nobody reads, but it must be able to say it.
      child.stdout.off('data', hear).resume()
      resolve({ url, kill: end('SIGKILL'), stop: end('SIGTERM') })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', (part: Buffer) => (said += part.toString()))
    void gone.then(() => reject(new Error(`it ended: ${said.slice(-2000)}`)))
  })
}
