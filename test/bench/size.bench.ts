import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Libsql from 'libsql'
import { expect, test } from 'vitest'
import type { CaptureFiles } from '../../src/planner/index.ts'
import { newId } from '../../src/store/new-id.ts'
import { openStore } from '../../src/store/open-store.ts'
import { bootedFleet, bulkLine, type BootedHost, type Log } from './booted-fleet.ts'
import { postInBulk } from './post-in-bulk.ts'
import { serveBerth } from './served.ts'
import { SHORT } from './short.ts'

const [FLEET, BOOTS] = SHORT ? [5, 2] : [100, 20]
const AT = new Date('2030-01-01T00:00:00.000Z')
const LOGS: readonly Log[] = SHORT ? ['emulated'] : ['emulated', 'captured']

test.each(LOGS)(
  `size at rest: ${FLEET} hosts of five models over ${BOOTS} boots, boot logs %s`,
  async (log) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'berth-bench-'))
    const file = path.join(dir, 'berth.db')
    const hosts = bootedFleet(FLEET, BOOTS, log)
    await enrolled(`file:${file}`, hosts)
    const before = pagesOf(file)
    const served = await serveBerth(`file:${file}`)
    let raw = 0
    const lines = (function* () {
      // All hosts boot, then all of them again.
      const running = hosts.map(({ machineId, boots }) => ({ machineId, boots: boots() }))
      for (let boot = 0; boot < BOOTS; boot++) {
        for (const { machineId, boots } of running) {
          const { value: files } = boots.next()
          if (!files) throw new Error('there is another boot')
          raw += textBytes(files)
          yield bulkLine(machineId, files)
        }
      }
    })()
    const { created } = await postInBulk(served, lines)
    await served.stop()
    const posts = FLEET * BOOTS
    const after = pagesOf(file)
    console.log(
      `boot logs ${log}: ${kib(raw / posts)} KiB of text a snapshot, ${kib(raw / FLEET)} KiB a host`,
    )
    const share = (bytes: number) =>
      `${kib(bytes / FLEET)} KiB a host, ${((100 * bytes) / raw).toFixed(2)} % of the text`
    console.log(`  as it grew: ${share(after.bytes - before.bytes)}`)
    console.log(`  after VACUUM: ${share(vacuumed(file) - before.bytes)}`)
    for (const { name, bytes } of after.tables.slice(0, 12))
      console.log(`  ${name.padEnd(44)}${kib(bytes / FLEET).padStart(9)} KiB a host`)
    await rm(dir, { recursive: true })
    expect(created).toBe(posts)
  },
)

function textBytes(files: CaptureFiles): number {
  return Object.values<string | Uint8Array>(files).reduce((sum, content) => sum + content.length, 0)
}

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(1)
}

async function enrolled(url: string, hosts: readonly BootedHost[]): Promise<void> {
  const store = await openStore(url)
  await store.write(async ({ hosts: rows }) => {
    for (const { machineId, arch } of hosts)
      await rows.insert({
        ...{ id: newId('host', AT), machineId, hostname: machineId, arch, hardwareModel: '', group: null },
        ...{ labels: {}, state: 'active', stateReason: '', credentialHash: '', bootedPlanId: null },
        ...{ pinGeneration: 0, createdAt: AT },
      })
  })
  await store.close()
}

interface Pages {
  readonly bytes: number
  /** Of tables and indexes, the largest first. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[]
}

function pagesOf(file: string): Pages {
  const database = new Libsql(file)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const tables = database
    .prepare('SELECT name, SUM(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC')
    .all() as Pages['tables']
  const bytes = bytesOf(database)
  database.close()
  return { bytes, tables }
}

function vacuumed(file: string): number {
  const database = new Libsql(file)
  database.exec('VACUUM')
  const bytes = bytesOf(database)
  database.close()
  return bytes
}

function bytesOf(database: Libsql.Database): number {
  const [pages] = database.prepare('PRAGMA page_count').raw().get() as [number]
  const [size] = database.prepare('PRAGMA page_size').raw().get() as [number]
  return pages * size
}
