// A PostgreSQL of one's own: started in a folder that goes with it, on loopback.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const USER = 'berth'
/** What is lost with the machine is made again; what is lost with the server alone is not, unless a caller says so. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  max_connections: '300',
  log_min_messages: 'fatal',
}
const MOST_TRIES = 600
const PAUSE_MS = 100

/** Makes a server and starts it. `settings` are PostgreSQL's own, beside ours. */
export async function startPostgresql(settings = {}) {
  const bin = binaries()
  if (bin === null) throw new Error("there is no initdb: install PostgreSQL's server, 15 or newer")
  const folder = mkdtempSync(join(tmpdir(), 'berth-postgresql-'))
  const as = unprivileged()
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  let server = null
  let ended = Promise.resolve()
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    initialize(bin, data, as)
    const port = await freePort()
    const all = Object.entries({ ...SETTINGS, ...settings, port, unix_socket_directories: folder })
    const options = all.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const url = `postgresql://${USER}@127.0.0.1:${port}/postgres`
    const start = async () => {
      const own = { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }
      server = spawn(join(bin, 'postgres'), ['-D', data, ...options], own)
      ended = new Promise((resolve) => server.once('exit', resolve))
      await answers(url, server)
    }
    const end = async (signal) => {
      server.kill(signal)
      await ended
    }
    await start()
    return {
      url,
      start,
      // As if every process of it had died: what is not in its log is gone.
      crash: () => end('SIGQUIT'),
      stop: async () => {
        // Does not wait for whoever is still connected.
        await end('SIGINT')
        remove()
      },
    }
  } catch (error) {
    server?.kill('SIGQUIT')
    await ended
    remove()
    throw error
  }
}

/** Where PostgreSQL's server is installed; null where it is not. */
export function binaries() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null
}

/** Text sorts otherwise than by its bytes there, so that whoever forgets to say how it is to sort is found out. */
function initialize(bin, data, as) {
  const common = ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  const collation = ['--locale-provider=icu', '--icu-locale=en-US']
  const quiet = { ...as, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync(join(bin, 'initdb'), [...common, ...collation], quiet)
}

/** PostgreSQL does not run as root; Debian's package makes a user for it. */
function unprivileged() {
  if (process.getuid?.() !== 0) return null
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** A port of loopback that nobody listens on. */
export function freePort() {
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
    client.on('error', () => {})
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
