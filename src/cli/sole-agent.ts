import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { resolve } from 'node:path'

/**
 * Makes sure that only one agent works with an identity: what one is doing looks to another like something that
 * a crash has left. Returns what ends it; a process that is killed ends it too.
 *
 * Errors: throws where another one is at work.
 */
export async function soleAgent(identity: string): Promise<() => Promise<void>> {
  // Only Linux has sockets whose names go with the process; on other systems agents are for trying out.
  if (process.platform !== 'linux') return async () => {}
  const name = createHash('sha256').update(resolve(identity)).digest('hex').slice(0, 32)
  const server = createServer((socket) => socket.destroy())
  server.unref()
  await new Promise<void>((listening, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'EADDRINUSE' ? new Error(`another agent is at work with ${identity}`) : error),
    )
    server.listen(`\0berth-agent-${name}`, listening)
  })
  return () => new Promise((ended) => server.close(() => ended()))
}
