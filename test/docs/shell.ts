import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import type { Block } from './blocks.ts'

export interface Session {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** A command that waits for something that never comes is ended. */
const LONGEST_MS = 500_000

/** How one shell came through the blocks of a document. */
export interface Outcome {
  readonly status: number | null
  /** Everything that it printed, with the line of each block before what that printed. */
  readonly printed: string
}

/**
 * Runs blocks as somebody would who pastes one after another into one terminal: a variable stays, and the first
 * command that fails ends it. What is left running in the background is ended with it.
 */
export async function paste(blocks: readonly Block[], { folder, environment }: Session): Promise<Outcome> {
  const script = blocks.map(({ line, text }) => `echo '--- line ${line}' >&2\n${text}`).join('\n')
  const shell = spawn('bash', ['-c', `set -euo pipefail\nexec 2>&1\n${script}`], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    timeout: LONGEST_MS,
  })
  let printed = ''
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const closed = new Promise((resolve) => shell.on('close', resolve))
  const status = await new Promise<number | null>((resolve, reject) => {
    shell.on('error', reject)
    shell.on('exit', resolve)
  })
  endGroup(shell.pid)
  await closed
  return { status, printed }
}

/** The group is the shell's own: nobody else is in it. */
function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // Nothing was left.
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
