// Runs a command with a PostgreSQL of its own: `node test/with-postgresql.mjs vitest run …`. It finds the server's
// address in BERTH_TEST_POSTGRESQL; where that is set already, nothing is started.
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgresql } from './postgresql-server.mjs'

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('usage: node test/with-postgresql.mjs COMMAND [ARGUMENT …]\n')
  process.exit(2)
}
const given = process.env['BERTH_TEST_POSTGRESQL']
process.exitCode = given ? await run(given) : await withServer(run)

/** Starts a server, and stops it when `work` is done with its address. Tests make a database each, and crash none. */
async function withServer(work) {
  const server = await startPostgresql({ synchronous_commit: 'off', full_page_writes: 'off' })
  try {
    return await work(server.url)
  } finally {
    await server.stop()
  }
}

function run(url) {
  const own = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))
  const env = {
    ...process.env,
    BERTH_TEST_POSTGRESQL: url,
    PATH: `${own}${delimiter}${process.env['PATH'] ?? ''}`,
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env })
    child.once('error', (error) => {
      process.stderr.write(`${error.message}\n`)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
