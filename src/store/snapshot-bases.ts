import type { Db } from './db.ts'
import type { SnapshotBasis } from './generated/sqlite/client.ts'
import { newId } from './new-id.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'
import { packWhole, unpackWhole, type Files } from './whole-files.ts'

export type SnapshotBasisRows = ReturnType<typeof snapshotBasisRows>

/** The files of a boot that others are packed against. They never change. */
export interface Basis {
  readonly id: string
  readonly kind: string
  readonly files: Files
  /** By themselves. Units: bytes. */
  readonly packedSize: number
}

/** Kinds whose last basis is remembered: a fleet has so many models and releases. */
const MOST_KINDS = 64
/** Of the bases that are kept unpacked, for a host may post megabytes. Units: UTF-16 code units. */
const MOST_TEXT = 8 * 1024 * 1024
/** Smaller files are not worth a row of their own. Units: bytes. */
const LEAST = 1024

/** What a store remembers of bases. One of a transaction that was undone is in no row: whoever refers to one asks first. */
export interface BasesKept {
  /** By id, the least recently used first. */
  readonly unpacked: Map<string, Basis>
  /** By kind: the id of the last that was good for it. */
  readonly lastOf: Map<string, string>
}

export function basesKept(): BasesKept {
  return { unpacked: new Map(), lastOf: new Map() }
}

/** What snapshots are packed against. They go by themselves, with the last snapshot that wants them. */
export function snapshotBasisRows(db: Db, sql: Sql, { unpacked, lastOf }: BasesKept) {
  const table = plain<SnapshotBasis>(db, sql, 'SnapshotBasis')
  const last = (kind: string): Basis | null => unpacked.get(lastOf.get(kind) ?? '') ?? null

  const get = async (id: string): Promise<Basis | null> => {
    const known = unpacked.get(id)
    if (known) return asNewest(unpacked, id, known)
    const row = await table.one({ id })
    if (!row) return null
    const files = await unpackWhole(row.files).catch(() => null)
    return files && keepUnpacked({ id, kind: row.kind, files, packedSize: row.files.length })
  }

  const wasGood = (basis: Basis): void => {
    asNewest(lastOf, basis.kind, basis.id)
    for (const [kind] of lastOf) if (lastOf.size > MOST_KINDS) lastOf.delete(kind)
    keepUnpacked(basis)
  }

  const keepUnpacked = (basis: Basis): Basis => {
    asNewest(unpacked, basis.id, basis)
    let text = [...unpacked.values()].reduce((sum, { files }) => sum + textIn(files), 0)
    for (const [id, { files }] of unpacked) {
      if (text <= MOST_TEXT) break
      unpacked.delete(id)
      text -= textIn(files)
    }
    return basis
  }

  return {
    /** Null where there is none, or what there is is damaged: then others are packed against another one. */
    get,
    wasGood,

    /** What was good last for boots of this kind, as far as this process knows. It may be gone by now. */
    last,

    /** The same; where nobody knows, it is the newest of the kind. */
    likely: async (kind: string): Promise<Basis | null> => {
      const known = last(kind)
      if (known) return known
      const order = { by: 'id', desc: true, limit: 1 } as const
      const [row] = await table.find({ kind }, { columns: ['id'], order })
      const found = row ? await get(row.id) : null
      if (found) wasGood(found)
      return found
    },

    has: async (id: string): Promise<boolean> => (await table.one({ id }, ['id'])) !== null,

    /** Null where the files are too small to be one. */
    insert: async (kind: string, files: Files, createdAt: Date): Promise<Basis | null> => {
      const packed = await packWhole(files)
      if (packed.length < LEAST) return null
      const id = newId('basis', createdAt)
      await table.insert({ id, kind, files: packed, createdAt })
      return keepUnpacked({ id, kind, files, packedSize: packed.length })
    },
  }
}

/** The least recently used comes first. */
function asNewest<T>(kept: Map<string, T>, key: string, value: T): T {
  kept.delete(key)
  kept.set(key, value)
  return value
}

function textIn(files: Files): number {
  return Object.values(files).reduce((sum, text) => sum + text.length, 0)
}
