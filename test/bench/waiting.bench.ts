import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type ClientRequest } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { decide } from '../../src/rollout/decide.ts'
import { openStore } from '../../src/store/open-store.ts'
import { entryOf } from '../http/fixtures.ts'
import { after, rollout, T0 } from '../rollout/world.ts'
import { makeFleet, SECRET } from './fleet.ts'
import { exponentOf, shown, sideBySide } from './measure.ts'
import { ADMIN_KEY, serveBerth, type Served } from './served.ts'
import { SHORT } from './short.ts'

const SIZES = SHORT ? [10, 20] : [1_250, 2_500, 5_000, 10_000]
const LARGEST = SIZES.at(-1) ?? 0
const CAPTURE = 'x86_64-ovmf-4g'
const AT = new Date()
/** How long the service is left alone with those who wait. Units: milliseconds. */
const ALONE_MS = SHORT ? 200 : 10_000
/** Polls that ask whether they may go while all others wait. */
const ASKED = SHORT ? 5 : 100

test('a decision in a rollout of many hosts: one that may go, one that waits', () => {
  const states = SIZES.map((size) =>
    rollout({ hosts: Array.from({ length: size }, (_, i) => `h${i}/r${i % 40}`) }),
  )
  const granted = states.map((state) => after(state, decide(state, 'h0', T0).changes))
  for (const [name, all] of [
    ['may go', states],
    ['has to wait', granted],
  ] as const) {
    const verdicts = all.map((state) => decide(state, 'h1', T0).decision.verdict)
    expect(verdicts.every((verdict) => verdict === (all === states ? 'grant' : 'wait'))).toBe(true)
    const timings = sideBySide(all.map((state) => () => decide(state, 'h1', T0)))
    const points = timings.map(({ cpu }, i) => ({ size: SIZES[i] as number, time: cpu }))
    console.log(
      `  ${name}: ${points.map(({ size, time }) => `${size}: ${shown(time)} µs CPU`).join('  ')}; it grows as n^${exponentOf(points).toFixed(2)}`,
    )
  }
})

test(`${LARGEST} hosts that wait`, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-bench-'))
  const url = `file:${path.join(dir, 'berth.db')}`
  const store = await openStore(url)
  const hosts = await makeFleet(store, { at: AT, hosts: LARGEST, seen: true, captures: [CAPTURE] })
  await store.close()
  const served = await serveBerth(url, { BERTH_LOG_LEVEL: 'error' })
  const before = served.memory().now
  const waiting = waitersAt(served)
  for (const [i, size] of SIZES.entries()) {
    await waiting.add(hosts.slice(SIZES[i - 1] ?? 0, size))
    const memory = served.memory()
    const cpu = await spentDuring(served, () => new Promise((resolve) => setTimeout(resolve, ALONE_MS)))
    console.log(
      `  ${size} wait: ${(((memory.now - before) * 1024) / size).toFixed(1)} KiB each above the ${before.toFixed(0)} MiB of an idle service, at most ${memory.most.toFixed(0)} MiB; ${((cpu / ALONE_MS) * 100).toFixed(1)} % of a core`,
    )
  }
  const entry = (await asked(served, '/v1/boot-entries', entryOf(CAPTURE))).id
  const spec = { name: 'bench', selector: {}, boot_entry: entry, health: [] }
  let id = ''
  const making = await spentDuring(
    served,
    async () => void (id = (await asked(served, '/v1/rollouts', spec)).id),
  )
  console.log(`  a rollout of all of them is made: ${shown(making)} ms CPU`)
  const starting = await spentDuring(served, async () => {
    await asked(served, `/v1/rollouts/${id}/submit`, { reason: 'bench' })
    await waiting.first()
  })
  console.log(`  it is started, and the first that may go has its plan: ${shown(starting)} ms CPU`)
  const earlier = waiting.again()
  const polls = await spentDuring(served, async () => {
    for (const host of hosts.slice(-ASKED)) await pollOnce(served, host)
  })
  // Those whose minute is over ask again meanwhile.
  const count = ASKED + waiting.again() - earlier
  console.log(`  of ${count} that ask now each has to wait: ${shown((polls * 1000) / count)} µs CPU each`)
  waiting.leave()
  await served.stop()
  await rm(dir, { recursive: true })
  expect(waiting.failed()).toBe(0)
})

async function spentDuring(served: Served, work: () => Promise<unknown>): Promise<number> {
  const before = served.cpu()
  await work()
  return served.cpu() - before
}

/** Hosts that wait, each on a connection of its own. */
function waitersAt(served: Served) {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  const requests: ClientRequest[] = []
  let failed = 0
  let again = 0
  let isLeaving = false
  let told = (): void => {}
  const first = new Promise<void>((resolve) => (told = resolve))
  const wait = (host: string, sent: () => void): void => {
    const headers = { authorization: `Bearer ${bearerOf(host)}` }
    const asked = get(`${served.url}/v1/agent/assignment?wait=60`, { agent, headers }, (response) => {
      response.resume()
      if (response.statusCode === 200) told()
      else if (response.statusCode === 204 && !isLeaving) {
        again += 1
        wait(host, () => {})
      } else if (!isLeaving) failed += 1
    })
    asked.on('error', () => (failed += isLeaving ? 0 : 1))
    asked.on('finish', sent)
    requests.push(asked)
  }
  return {
    first: () => first,
    failed: () => failed,
    /** How often one asked again, because its time was over. */
    again: () => again,
    add: async (hosts: readonly string[]) => {
      // Not all at once: nobody queues up for so many.
      for (let i = 0; i < hosts.length; i += 100)
        await Promise.all(
          hosts.slice(i, i + 100).map((host) => new Promise<void>((sent) => wait(host, sent))),
        )
      await new Promise((resolve) => setTimeout(resolve, 1000))
    },
    leave: () => {
      isLeaving = true
      for (const request of requests) request.destroy()
    },
  }
}

function bearerOf(host: string): string {
  return `berth_host_${host.slice('host_'.length)}_${SECRET}`
}

async function pollOnce({ url }: Served, host: string): Promise<void> {
  const headers = { authorization: `Bearer ${bearerOf(host)}` }
  const response = await fetch(`${url}/v1/agent/assignment?wait=0`, { headers })
  if (response.status !== 204) throw new Error(`${response.status}: ${await response.text()}`)
}

async function asked({ url }: Served, at: string, body: object): Promise<{ id: string }> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}${at}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${at}: ${await response.text()}`)
  return (await response.json()) as { id: string }
}
