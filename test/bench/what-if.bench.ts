import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { firstKey } from '../../src/first-key.ts'
import { buildApp } from '../../src/http/build-app.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import { openStore } from '../../src/store/open-store.ts'
import { makeFleet } from './fleet.ts'
import { SHORT } from './short.ts'

// `npm run bench:what-if`; BENCH_HOSTS=1000 for a shorter one.
const HOSTS = Number(process.env['BENCH_HOSTS'] ?? (SHORT ? 40 : 10_000))
const MIB = 1024 * 1024
const X86 = { arch: 'x86_64', size: 12 * MIB, memsz: 64 * MIB }
const AT = new Date('2030-01-01T00:00:00.000Z')

const QUESTIONS: readonly (readonly [why: string, body: object])[] = [
  ['an image that fits', { image: { kernel: X86, initrd_size: 64 * MIB } }],
  ['refused, with what would make it fit', { image: { kernel: X86, initrd_size: 3600 * MIB } }],
  ['refused, without', { image: { kernel: X86, initrd_size: 3600 * MIB }, change: false }],
  ['a hole of 2 GiB below 4 GiB', { hole: { bytes: 2048 * MIB, below: '0x100000000' } }],
]

test(`what-if over ${HOSTS} stored hosts`, async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-bench-'))
  const store = await openStore(`file:${path.join(dir, 'berth.db')}`)
  await makeFleet(store, { at: AT, hosts: HOSTS, seen: true })
  const admin = (await firstKey(store, null, AT)) ?? ''
  const log = pino({ level: 'silent' })
  const app = await buildApp({ store, config: readConfig({}), log, now: () => AT, signer: signerOf([]) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  for (const [why, body] of QUESTIONS) {
    const stream = await streamed(url, admin, body)
    console.log(`${why}\n  ${lineOf(stream)}\n  ${stream.last}`)
    expect(stream.lines).toBe(HOSTS + 1)
  }
  await app.close()
  await store.close()
  await rm(dir, { recursive: true })
})

interface Streamed {
  readonly lines: number
  readonly last: string
  readonly firstMs: number
  readonly allMs: number
  /** Resident memory of the process while lines came, ten times over the stream. */
  readonly rssMib: readonly number[]
  readonly heapMib: readonly number[]
}

/** Asks and reads line by line; keeps none of them. */
function streamed(url: string, admin: string, body: object): Promise<Streamed> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
    const asked = request(`${url}/v1/what-if`, { method: 'POST', headers }, (response) => {
      let lines = 0
      let torn = ''
      let firstMs = 0
      let last = ''
      const rssMib: number[] = []
      const heapMib: number[] = []
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (firstMs === 0) firstMs = performance.now() - began
        const parts = `${torn}${text}`.split('\n')
        torn = parts.pop() ?? ''
        last = parts.at(-1) ?? last
        lines += parts.length
        if (lines >= (rssMib.length * HOSTS) / 10) {
          const { rss, heapUsed } = process.memoryUsage()
          rssMib.push(rss / MIB)
          heapMib.push(heapUsed / MIB)
        }
      })
      response.on('error', reject)
      response.on('end', () => {
        resolve({ lines, last, firstMs, allMs: performance.now() - began, rssMib, heapMib })
      })
    })
    asked.on('error', reject)
    asked.end(JSON.stringify(body))
  })
}

function lineOf({ firstMs, allMs, rssMib, heapMib }: Streamed): string {
  const shown = (mib: readonly number[]) => mib.map((n) => n.toFixed(0)).join(' ')
  return [
    `first line ${firstMs.toFixed(0)} ms, all ${(allMs / 1000).toFixed(1)} s (${(allMs / HOSTS).toFixed(2)} ms a host)`,
    `RSS MiB ${shown(rssMib)}`,
    `heap MiB ${shown(heapMib)}`,
  ].join('\n  ')
}
