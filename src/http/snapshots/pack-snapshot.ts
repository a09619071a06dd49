import type { Snapshot } from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Basis } from '../../store/snapshot-bases.ts'
import type { LastSeen, Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { packWhole, type Files } from '../../store/whole-files.ts'
import { sha256 } from '../sha256.ts'
import { packAgainst } from './packed-files.ts'

/** What is to be packed. */
export interface Packable {
  readonly kind: string
  readonly files: Files
}

/** Files packed against a basis, and whether that was worth it. */
export interface Packing {
  readonly basis: Basis
  readonly files: Uint8Array<ArrayBuffer>
}

/** A difference that is larger is worse than another basis would be, boot after boot. */
const MOST_OF_WHOLE = 1 / 3

/** Memory is as large as it is sold. Units: bytes. */
const SOLD = 64 * 1024 * 1024

/** What makes boots alike enough to be worth a try: the machine, the kernel, and which files there are. */
export function kindOf({ arch, release, iomem }: Snapshot, files: Files): string {
  const ram = iomem.filter((e) => e.name === 'System RAM').map((e) => e.range.last - e.range.start + 1)
  const memory = Math.round(ram.reduce((sum, size) => sum + size, 0) / SOLD)
  const names = Object.keys(files).sort()
  return sha256(JSON.stringify([arch, release.text, files['dmi'] ?? '', memory, names]))
}

/** A try that needs no transaction, and mostly is as good as it gets. */
export async function packLikely(rows: Rows, snapshot: Packable): Promise<Packing | null> {
  const basis = await rows.snapshotBases.likely(snapshot.kind)
  return basis && packed(basis, snapshot)
}

/** What a snapshot is stored after. */
export interface Before {
  readonly tried: Packing | null
  readonly before: LastSeen | null
  readonly at: Date
}

/**
 * Files as they are stored: against the basis that was tried, else against that of the host's boot before, else against a new one, or
 * by themselves where they are small. The basis is there when this transaction commits.
 */
export async function packedToStay(
  { snapshotBases: bases }: Rows,
  snapshot: Packable,
  { tried, before, at }: Before,
): Promise<Pick<SnapshotRow, 'files' | 'basisId'>> {
  const { kind, files: own } = snapshot
  const stored = ({ basis, files }: Packing) => {
    bases.wasGood(basis)
    return { files, basisId: basis.id }
  }
  const isThere = async ({ id }: Basis) => id === before?.basisId || bases.has(id)
  if (tried && (await isThere(tried.basis))) return stored(tried)
  // Of another process or another line of the same bulk, which may have made one meanwhile.
  for (const basis of [before?.basisId ? await bases.get(before.basisId) : null, bases.last(kind)]) {
    const packing = basis && (await packed(basis, snapshot))
    if (packing && (await isThere(packing.basis))) return stored(packing)
  }
  const files = await packAgainst(own, own)
  const basis = files && (await bases.insert(kind, own, at))
  return basis ? stored({ basis, files }) : { files: await packWhole(own), basisId: null }
}

/** Null where it is not worth it. */
async function packed(basis: Basis, { files: own }: Packable): Promise<Packing | null> {
  const files = await packAgainst(basis.files, own, MOST_OF_WHOLE * basis.packedSize)
  return files && { basis, files }
}
