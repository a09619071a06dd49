// Runs a command with a PostgreSQL of its own: `node test/with-postgresql.mjs vitest run …`. It finds the server's
// address in BERTH_TEST_POSTGRESQL; where that is set already, nothing is started.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

const USER = 'berth'
/** Tests make a database each, and what they lose with the machine they make again. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  log_min_messages: 'fatal',
}
const MOST_TRIES = 600
const PAUSE_MS = 100

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('usage: node test/with-postgresql.mjs COMMAND [ARGUMENT …]\n')
  process.exit(2)
}
const given = process.env['BERTH_TEST_POSTGRESQL']
process.exitCode = given ? await run(given) : await withServer(run)

/** Starts a server, and stops it when `work` is done with its address. */
async function withServer(work) {
  const bin = binaries()
  const folder = mkdtempSync(join(tmpdir(), 'berth-postgresql-'))
  const as = unprivileged()
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  try {
    initialize(bin, data, as)
    const port = await freePort()
    const settings = Object.entries({ ...SETTINGS, port, unix_socket_directories: folder })
    const options = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(join(bin, 'postgres'), ['-D', data, ...options], {
      ...as,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const ended = new Promise((resolve) => server.once('exit', resolve))
    try {
      const url = `postgresql://${USER}@127.0.0.1:${port}/postgres`
      await answers(url, server)
      return await work(url)
    } finally {
      // Does not wait for whoever is still connected.
      server.kill('SIGINT')
      await ended
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Text sorts otherwise than by its bytes there, so that whoever forgets to say how it is to sort is found out. */
function initialize(bin, data, as) {
  const common = ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  const collation = ['--locale-provider=icu', '--icu-locale=en-US']
  const quiet = { ...as, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync(join(bin, 'initdb'), [...common, ...collation], quiet)
}

function binaries() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')))
  if (found) return found
  process.stderr.write("there is no initdb: install PostgreSQL's server, 15 or newer\n")
  process.exit(1)
}

/** PostgreSQL does not run as root; Debian's package makes a user for it. */
function unprivileged() {
  if (process.getuid?.() !== 0) return null
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function answers(url, server) {
  for (let tries = 0; tries < MOST_TRIES && server.exitCode === null; tries++) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return
    } catch {
      await sleep(PAUSE_MS)
    } finally {
      await client.end().catch(() => {})
    }
  }
  throw new Error('the PostgreSQL that was started does not answer')
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
