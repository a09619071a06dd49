import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../../src/store/open-store.ts'
import { exportRows, type Exported } from '../../../src/store/transfer/export-rows.ts'
import { importRows } from '../../../src/store/transfer/import-rows.ts'
import type { TestDatabase } from '../../database.ts'

export const AT = new Date('2030-01-01T00:00:00.000Z')

/** The lines of an export. */
export async function linesIn(url: string): Promise<{ lines: readonly string[]; exported: Exported }> {
  let text = ''
  const write = async (more: string) => void (text += more)
  const exported = await exportRows(url, write, { at: AT, release: '0.1.0' })
  return { lines: text.split(/(?<=\n)/), exported }
}

export function imported(lines: readonly string[], url: string) {
  return importRows(streamOf(lines), url)
}

/** Cut at other places than the ends of lines. */
export async function* streamOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(lines.join(''))
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

/** A file that nobody has made yet, whichever engine the tests run on. */
export function freshFile(): TestDatabase {
  const dir = mkdtempSync(join(tmpdir(), 'berth-transfer-'))
  const url = `file:${join(dir, 'berth.db')}`
  const drop = async () => rmSync(dir, { recursive: true })
  return { url, environment: { BERTH_DATABASE_URL: url }, drop }
}

/** A host, an event of its timeline, and an entry of the audit: one transaction. */
export function change(store: Store, name: string, id = name.padStart(26, '0')): Promise<void> {
  return store.write(async (rows) => {
    await rows.hosts.insert({
      ...{
        id: `host_${id}`,
        machineId: name,
        hostname: name,
        arch: 'x86_64',
        hardwareModel: '',
        group: null,
      },
      ...{ labels: {}, state: 'active', stateReason: '', credentialHash: '', bootedPlanId: null },
      ...{ pinGeneration: 0, createdAt: AT },
    })
    const event = { id: `ev_${id}`, hostId: `host_${id}`, at: AT, kind: 'k', detail: '' }
    await rows.timeline.append({ ...event, plan: null, snapshot: null })
    const said = { actor: 'key_1', action: 'host.change', target: `host_${id}`, detail: { reason: 'x' } }
    await rows.audit.append({ id: `aud_${id}`, at: AT, ...said, requestId: 'r' })
  })
}
