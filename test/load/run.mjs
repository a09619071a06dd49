// A fleet that waits, and posts: `npm run test:load -- --hosts 10000 --posts 100 --minutes 10`.
// The service is a process of its own, on SQLite or on what BERTH_DATABASE_URL names; whoever asks it is this one.
import { Buffer } from 'node:buffer'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { clearInterval, setInterval } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { Agent, request } from 'undici'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    posts: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '10' },
  },
})
const HOSTS = Number(values.hosts)
const POSTS_A_SECOND = Number(values.posts)
const MINUTE_MS = 60_000
const RUN_MS = Number(values.minutes) * MINUTE_MS
const WAIT_S = 60
const SAMPLE_MS = 5000
/** Enrolled at once. */
const AT_ONCE = 16
const ADMIN_KEY = `berth_admin_load_${'0123456789abcdef'.repeat(4)}`
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TICKS_A_SECOND = 100

const folder = await mkdtemp(join(tmpdir(), 'berth-load-'))
const dispatcher = new Agent({
  connections: null,
  keepAliveTimeout: 65_000,
  headersTimeout: 0,
  bodyTimeout: 0,
})
const service = await start()
try {
  await main()
} finally {
  service.child.kill('SIGTERM')
  await service.ended
  await dispatcher.destroy()
  await rm(folder, { recursive: true })
}

async function main() {
  const token = (await call('POST', '/v1/enrollment-tokens', ADMIN_KEY, { uses: 100_000 })).json.token
  const files = captureOf('arm64-uefi-acpi-4g-boot1')
  const hosts = await enrolled(token)
  const polls = tally('polls', [200, 204])
  const posts = tally('posts', [201])
  const reads = tally('reads', [200])
  let isOver = false
  const waiting = hosts.map(async (host) => {
    await sleep(Math.random() * WAIT_S * 1000)
    while (!isOver) {
      const began = performance.now()
      const answer = await call('GET', `/v1/agent/assignment?wait=${WAIT_S}`, host.credential)
      // What is more than it was to wait is what the service was late.
      polls.add(answer, Math.max(0, performance.now() - began - WAIT_S * 1000))
      // As an agent does: who is sent away and comes again at once would be a load of his own.
      if (answer.retryAfter > 0) await sleep(answer.retryAfter * 1000 * (1 + Math.random()))
    }
  })
  const bytes = Buffer.byteLength(JSON.stringify(files))
  say(`${HOSTS} hosts have enrolled and begin to wait; a snapshot has ${Math.round(bytes / 1024)} KiB`)
  await sleep(WAIT_S * 1000)
  const before = usage()
  const samples = []
  const began = performance.now()
  const sampler = setInterval(() => samples.push(usage().rss), SAMPLE_MS)
  const perMinute = setInterval(minuteTold([posts, reads, polls]), MINUTE_MS)
  const pending = new Set()
  const track = (work) => {
    pending.add(work)
    void work.finally(() => pending.delete(work))
  }
  for (let n = 0; performance.now() - began < RUN_MS; n++) {
    // As it was to be sent, whether or not the ones before have been answered.
    const due = began + (n * 1000) / POSTS_A_SECOND
    if (due > performance.now()) await sleep(due - performance.now())
    const host = hosts[n % hosts.length]
    const body = { boot_id: `boot-${n}`, files }
    track(
      call('POST', `/v1/hosts/${host.id}/snapshots`, host.credential, body).then((answer) =>
        posts.add(answer, performance.now() - due),
      ),
    )
    if (n % POSTS_A_SECOND === 0)
      track(
        call('GET', `/v1/hosts/${host.id}`, ADMIN_KEY).then((answer) =>
          reads.add(answer, performance.now() - due),
        ),
      )
  }
  await Promise.all(pending)
  clearInterval(sampler)
  clearInterval(perMinute)
  const seconds = (performance.now() - began) / 1000
  const after = usage()
  isOver = true
  const third = Math.floor(samples.length / 3)
  const all = [posts, reads, polls]
  for (const each of all) say(`${each.name.padEnd(6)} ${each.summary()}`)
  for (const each of all) for (const [what, count] of each.errors) say(`${each.name}: ${count} times ${what}`)
  say(`posts a second ${(posts.count() / seconds).toFixed(1)} over ${seconds.toFixed(0)} s`)
  say(`service: ${((after.cpu - before.cpu) / seconds).toFixed(2)} cores`)
  say(
    `resident memory, MiB: ${median(samples.slice(0, third))} in the first third, ${median(samples.slice(-third))} in the last`,
  )
  if (all.some((each) => each.errors.size > 0)) process.exitCode = 1
  void waiting
}

/** What came of requests: how long they took, and of those that were not answered as they were to be, how often what was said. */
function tally(name, good) {
  const times = []
  const errors = new Map()
  let told = 0
  const summary = (from) => {
    const sorted = times.slice(from).toSorted((a, b) => a - b)
    const at = (part) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0)
    return `${sorted.length} p50 ${at(0.5)} ms p99 ${at(0.99)} ms max ${at(1)} ms`
  }
  const wrong = () => [...errors.values()].reduce((sum, count) => sum + count, 0)
  return {
    name,
    errors,
    add({ status, json }, ms) {
      times.push(ms)
      if (good.includes(status)) return
      const what = status === 0 ? json : `${status} ${json?.code}: ${json?.detail}`
      errors.set(what, (errors.get(what) ?? 0) + 1)
    },
    count: () => times.length,
    summary: () => `${summary(0)} errors ${wrong()}`,
    /** Of those since it was asked last. */
    since() {
      const from = told
      told = times.length
      return `${summary(from)} errors so far ${wrong()}`
    },
  }
}

/** Says a line for each minute: a run of hours shows when something was slow, not only that it was. */
function minuteTold(tallies) {
  let minute = 0
  let before = { ...usage(), at: performance.now() }
  return () => {
    const now = { ...usage(), at: performance.now() }
    const cores = ((now.cpu - before.cpu) * 1000) / (now.at - before.at)
    before = now
    const each = tallies.map(({ name, since }) => `${name} ${since()}`).join('; ')
    say(`minute ${++minute}: ${each}; ${cores.toFixed(2)} cores, ${now.rss} MiB`)
  }
}

async function enrolled(token) {
  const hosts = []
  let next = 0
  const one = async () => {
    while (next < HOSTS) {
      const n = next++
      const hints = { machine_id: `load-${n}`, hostname: `h${n}`, arch: 'arm64', hardware_model: 'load' }
      let { status, json } = await call('POST', '/v1/agent/enroll', null, { token, ...hints })
      // Nothing is measured yet: who is sent away comes again.
      for (; status === 503; await sleep(1000))
        ({ status, json } = await call('POST', '/v1/agent/enroll', null, { token, ...hints }))
      if (status !== 201) throw new Error(`enrolling: ${status} ${JSON.stringify(json)}`)
      hosts.push({ id: json.host, credential: json.credential })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return hosts
}

/** The text files of a capture, as an agent would send them. */
function captureOf(name) {
  const dir = join(ROOT, 'test/hosts', name)
  const texts = ['iomem', 'memblock-memory', 'memblock-reserved', 'uname', 'cmdline', 'meminfo']
  const files = Object.fromEntries(
    texts.map((text) => [text, readFileSync(join(dir, `${text}.txt`), 'utf8')]),
  )
  return { ...files, dmesg: gunzipSync(readFileSync(join(dir, 'dmesg.txt.gz'))).toString('utf8') }
}

async function call(method, path, key, body) {
  try {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(`${service.url}${path}`, {
      ...{ method, dispatcher },
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const retryAfter = Number(headers['retry-after'] ?? 0)
    return { status: statusCode, json: text ? JSON.parse(text) : null, retryAfter }
  } catch (error) {
    return { status: 0, json: String(error), retryAfter: 1 }
  }
}

async function start() {
  const port = await freePort()
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/berth.js'), 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      BERTH_DATABASE_URL: `file:${join(folder, 'berth.db')}`,
      ...process.env,
      BERTH_PORT: String(port),
      BERTH_ADMIN_KEY: ADMIN_KEY,
      BERTH_LOG_LEVEL: 'error',
      // All hosts come from one address here.
      BERTH_RATE_LIMIT: '1000000',
    },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries++) {
    try {
      if ((await request(`${url}/readyz`)).statusCode === 200) return { child, ended, url }
    } catch (error) {
      if (tries > 300 || child.exitCode !== null) throw error
    }
    await sleep(100)
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Of the service. Units: MiB, seconds of one core. */
function usage() {
  const status = readFileSync(`/proc/${service.child.pid}/status`, 'utf8')
  const [, , ...rest] = readFileSync(`/proc/${service.child.pid}/stat`, 'utf8').split(' ')
  const rss = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  return { rss, cpu: (Number(rest[11]) + Number(rest[12])) / TICKS_A_SECOND }
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
