import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { MAX_BULK_LINES } from '../../src/wire/bulk-snapshot.ts'
import { snapshotOf } from '../http/fixtures.ts'
import { captureOf, CAPTURES, machineOf, makeFleet } from './fleet.ts'
import { exponentOf, shown } from './measure.ts'
import { ADMIN_KEY, serveBerth, type Served } from './served.ts'
import { SHORT } from './short.ts'

const SIZES = SHORT ? [8, 16] : [1_250, 2_500, 5_000, 10_000]
/** Posted one by one for comparison. */
const SINGLES = SHORT ? 8 : 1_000
const AT = new Date('2030-01-01T00:00:00.000Z')

const texts = CAPTURES.map((name) => JSON.stringify(snapshotOf(name).files))
const lineOf = (i: number, boot: string) =>
  `{"machine_id":"${machineOf(i)}","boot_id":"${boot}","files":${texts[CAPTURES.indexOf(captureOf(i))]}}\n`

test(`bulk intake of ${SIZES.at(-1)} hosts' snapshots`, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-bench-'))
  const url = process.env['BENCH_DATABASE_URL'] ?? `file:${path.join(dir, 'berth.db')}`
  const store = await openStore(url)
  const ids = await makeFleet(store, { at: AT, hosts: SIZES.at(-1) ?? 0, seen: false })
  await store.close()
  const served = await serveBerth(url)
  const points: { size: number; time: number }[] = []
  const bytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length / 1024
  console.log(`a snapshot has ${bytes.toFixed(1)} KiB`)
  await spent(served, SINGLES, 'one by one, a connection', () => singles(served, ids))
  for (const size of SIZES) {
    const cpu = await spent(served, size, `${size} in bulk`, () => bulk(served, size))
    points.push({ size, time: cpu })
  }
  console.log(`  CPU grows as n^${exponentOf(points).toFixed(2)}`)
  await served.stop()
  await rm(dir, { recursive: true })
  expect(points.length).toBe(SIZES.length)
})

async function spent(
  served: Served,
  count: number,
  name: string,
  work: () => Promise<void>,
): Promise<number> {
  const [before, began] = [served.cpu(), performance.now()]
  const memory: number[] = []
  const sampler = setInterval(() => memory.push(served.memory().now), SHORT ? 50 : 1000)
  await work()
  clearInterval(sampler)
  const [cpu, ms] = [served.cpu() - before, performance.now() - began]
  const third = Math.ceil(memory.length / 3)
  const most = (list: readonly number[]) => Math.max(...list).toFixed(0)
  console.log(
    `  ${name}: ${shown((count / ms) * 1000)} a second, ${shown((cpu * 1000) / count)} µs CPU each; RSS MiB at most ${most(memory.slice(0, third))} in the first third, ${most(memory.slice(-third))} in the last`,
  )
  return cpu
}

/** Each as a request of its own, on one connection. */
async function singles({ url }: Served, ids: readonly string[]): Promise<void> {
  for (let i = 0; i < SINGLES; i++) {
    const body = `{"boot_id":"single","files":${texts[CAPTURES.indexOf(captureOf(i))]}}`
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/hosts/${ids[i]}/snapshots`, { method: 'POST', headers, body })
    if (response.status !== 201) throw new Error(await response.text())
    await response.arrayBuffer()
  }
}

/** As many requests as it takes; lines are made when there is room for them. */
async function bulk(served: Served, size: number): Promise<void> {
  for (let from = 0; from < size; from += MAX_BULK_LINES) {
    const to = Math.min(size, from + MAX_BULK_LINES)
    const lines = Readable.from(
      (function* () {
        for (let i = from; i < to; i++) yield Buffer.from(lineOf(i, `bulk-${size}`))
      })(),
      { objectMode: false },
    )
    const summary = await poured(served, lines)
    if (summary !== `{"results":${to - from},"created":${to - from},"known":0,"failed":0}`)
      throw new Error(summary)
  }
}

function poured({ url }: Served, lines: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/x-ndjson' }
    const asked = request(`${url}/v1/snapshots/bulk`, { method: 'POST', headers }, (response) => {
      let tail = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (tail = (tail + text).slice(-1000)))
      response.on('error', reject)
      response.on('end', () => resolve(/\{"summary":(.*)\}\n$/.exec(tail)?.[1] ?? tail))
    })
    asked.on('error', reject)
    pipeline(lines, asked).catch(reject)
  })
}
