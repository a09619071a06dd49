import { sha256 } from '../../src/http/sha256.ts'
import { packedToStay } from '../../src/http/snapshots/pack-snapshot.ts'
import { takeSnapshot } from '../../src/http/snapshots/take-snapshot.ts'
import { bootGround } from '../../src/planner/index.ts'
import { newId } from '../../src/store/new-id.ts'
import type { Rows, Store } from '../../src/store/open-store.ts'
import { groundText } from '../../src/store/snapshots.ts'
import { snapshotOf } from '../http/fixtures.ts'

/** Hosts of one transaction while a fleet is made. */
const BATCH = 500
export const CAPTURES = [
  'x86_64-ovmf-4g',
  'x86_64-seabios-8g-k612',
  'arm64-uefi-acpi-4g-boot1',
  'arm64-uefi-dt-4g',
]

/** Of every host: nobody is to be kept out of a bench. */
export const SECRET = 'bench'.repeat(8)
const HASH = sha256(SECRET)

export interface Made {
  readonly at: Date
  /** How many hosts, of the captures in turn. */
  readonly hosts: number
  /** Whether each has a snapshot: the same few boots, each host's with an id of its own, and what a post would have stored of it. */
  readonly seen: boolean
  readonly captures?: readonly string[]
}

export const machineOf = (i: number): string => `machine-${i}`
export const captureOf = (i: number): string => CAPTURES[i % CAPTURES.length] ?? ''

/** Puts a fleet into a database, past the service. */
export async function makeFleet(
  store: Store,
  { at, hosts, seen, captures = CAPTURES }: Made,
): Promise<readonly string[]> {
  const boots = await Promise.all(captures.map((name) => bootOf(store, name)))
  const ids: string[] = []
  for (let made = 0; made < hosts; made += BATCH) {
    await store.write(async (rows) => {
      for (let i = made; i < Math.min(hosts, made + BATCH); i++) {
        const boot = boots[i % boots.length]
        if (!boot) throw new Error('there are boots')
        const id = newId('host', at)
        ids.push(id)
        await rows.hosts.insert({
          ...{ id, machineId: machineOf(i), hostname: `node-${i}`, arch: boot.arch, hardwareModel: '' },
          ...{ group: `group-${i % 50}`, labels: {}, state: 'active', stateReason: '', credentialHash: HASH },
          ...{ bootedPlanId: null, pinGeneration: 0, createdAt: at },
        })
        if (!seen) continue
        const snapshot = {
          id: newId('snap', at),
          hostId: id,
          createdAt: at,
          landing: null,
          bootedPlanId: null,
        }
        await rows.snapshots.insert(
          { ...boot.row, ...(await boot.named(rows, `boot-${i}`)), ...snapshot },
          null,
        )
      }
    })
  }
  return ids
}

async function bootOf(store: Store, name: string) {
  const posted = snapshotOf(name)
  const {
    snapshot,
    findings,
    summary,
    memoryDigest,
    fingerprint,
    files: packable,
  } = await takeSnapshot(store, posted)
  return {
    arch: snapshot.arch,
    /** No two are of the same bytes. */
    named: async (rows: Rows, bootId: string) => {
      const own = { ...packable, files: { ...packable.files, 'boot-id': `${bootId}\n` } }
      return { bootId, ...(await packedToStay(rows, own, { tried: null, before: null, at: new Date() })) }
    },
    row: {
      ...{ memoryDigest, fingerprint },
      ...{ findings: JSON.stringify(findings), summary: JSON.stringify(summary) },
      ground: groundText(bootGround(snapshot, [])),
    },
  }
}
