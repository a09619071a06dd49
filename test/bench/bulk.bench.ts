import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { snapshotOf } from '../http/fixtures.ts'
import { postInBulk } from './post-in-bulk.ts'
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

async function bulk(served: Served, size: number): Promise<void> {
  const lines = (function* () {
    for (let i = 0; i < size; i++) yield lineOf(i, `bulk-${size}`)
  })()
  const { results, created } = await postInBulk(served, lines)
  if (created !== size) throw new Error(`${created} of ${results} are new`)
}
