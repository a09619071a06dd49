import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { readSnapshot, type CaptureFiles, type Snapshot } from '../../planner/index.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import type { SnapshotFiles } from '../../wire/snapshot.ts'
import { sha256 } from '../sha256.ts'

/** Compressed bytes of those that are kept read: what is made of them takes some hundred times as much. */
const MOST_BYTES = 512 * 1024

/** By the digest of what is stored: the same bytes are read as the same, whoever's they are. The least recently asked for is the first. */
const kept = new Map<string, { readonly snapshot: Snapshot; readonly bytes: number }>()
let bytesKept = 0

/** Parses a stored snapshot again, unless that was done lately; it could be read when it was stored. */
export async function storedSnapshot({ id, files }: Pick<SnapshotRow, 'id' | 'files'>): Promise<Snapshot> {
  const key = sha256(files)
  const known = kept.get(key)
  if (known) {
    kept.delete(key)
    kept.set(key, known)
    return known.snapshot
  }
  const text = (await promisify(gunzip)(files)).toString('utf8')
  const read = readSnapshot(captureFiles(JSON.parse(text) as SnapshotFiles))
  if (!read.ok) throw new Error(`snapshot ${id} can no longer be read: ${JSON.stringify(read.error)}`)
  keep(key, read.value, files.length)
  return read.value
}

function keep(key: string, snapshot: Snapshot, bytes: number): void {
  // Somebody else may have read it meanwhile.
  if (kept.has(key)) return
  kept.set(key, { snapshot, bytes })
  bytesKept += bytes
  for (const [oldest, { bytes: freed }] of kept) {
    if (bytesKept <= MOST_BYTES) break
    kept.delete(oldest)
    bytesKept -= freed
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
