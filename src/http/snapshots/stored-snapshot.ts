import { readSnapshot, type CaptureFiles, type Snapshot } from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { unpackWhole } from '../../store/whole-files.ts'
import type { SnapshotFiles } from '../../wire/snapshot.ts'
import { sha256 } from '../sha256.ts'
import { unpackAgainst } from './packed-files.ts'

/** Of those that are kept read: what is made of their text takes many times as much. Units: UTF-16 code units. */
const MOST_TEXT = 2.5 * 1024 * 1024

/** By the digest of what is stored: the same is read as the same, whoever's it is. The least recently asked for is the first. */
const kept = new Map<string, { readonly snapshot: Snapshot; readonly length: number }>()
let textKept = 0

type Packed = Pick<SnapshotRow, 'id' | 'files' | 'basisId'>

/** Parses a stored snapshot again, unless that was done lately; it could be read when it was stored. */
export async function storedSnapshot(rows: Rows, row: Packed): Promise<Snapshot> {
  const key = `${row.basisId} ${sha256(row.files)}`
  const known = kept.get(key)
  if (known) {
    kept.delete(key)
    kept.set(key, known)
    return known.snapshot
  }
  const files = await storedFiles(rows, row)
  const read = readSnapshot(captureFiles(files))
  if (!read.ok) throw new Error(`snapshot ${row.id} can no longer be read: ${JSON.stringify(read.error)}`)
  keep(key, {
    snapshot: read.value,
    length: Object.values(files).reduce((sum, text) => sum + text.length, 0),
  })
  return read.value
}

/** As they were posted. */
export async function storedFiles(rows: Rows, { id, files, basisId }: Packed): Promise<SnapshotFiles> {
  if (basisId === null) return unpackWhole(files)
  const basis = await rows.snapshotBases.get(basisId)
  if (!basis) throw new Error(`snapshot ${id} is packed against ${basisId}, which is gone or damaged`)
  return unpackAgainst(basis.files, files)
}

function keep(key: string, read: { readonly snapshot: Snapshot; readonly length: number }): void {
  // Somebody else may have read it meanwhile.
  if (kept.has(key)) return
  kept.set(key, read)
  textKept += read.length
  for (const [oldest, { length }] of kept) {
    if (textKept <= MOST_TEXT) break
    kept.delete(oldest)
    textKept -= length
  }
}

/** As the planner takes them. */
export function captureFiles(files: SnapshotFiles): CaptureFiles {
  const { fdt, 'boot-params': bootParams, ...texts } = files
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    ...(fdt !== undefined && { fdt: bytesOf(fdt) }),
    ...(bootParams !== undefined && { 'boot-params': bytesOf(bootParams) }),
  }
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
