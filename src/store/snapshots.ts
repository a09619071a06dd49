import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Snapshot as SnapshotRow } from './generated/sqlite/client.ts'

export type Snapshot = SnapshotRow
export type SnapshotRows = ReturnType<typeof snapshotRows>

/** Everything but the files, which lists and most answers do not need. */
const LIGHT = {
  id: true,
  hostId: true,
  bootId: true,
  memoryDigest: true,
  createdAt: true,
  findings: true,
  summary: true,
  landing: true,
} as const

export type LightSnapshot = Pick<Snapshot, keyof typeof LIGHT>

export function snapshotRows(db: Db) {
  return {
    /** Inserts it as the host's newest. */
    insert: async (snapshot: Omit<Snapshot, 'seenSeq'>): Promise<LightSnapshot> =>
      db.snapshot.create({
        data: { ...snapshot, seenSeq: await nextSeq(db, snapshot.hostId) },
        select: LIGHT,
      }),

    get: (hostId: string, id: string): Promise<LightSnapshot | null> =>
      db.snapshot.findFirst({ where: { id, hostId }, select: LIGHT }),

    withFiles: (hostId: string, id: string): Promise<Snapshot | null> =>
      db.snapshot.findFirst({ where: { id, hostId } }),

    same: (of: { hostId: string; memoryDigest: string; bootId: string }): Promise<LightSnapshot | null> =>
      db.snapshot.findUnique({ where: { hostId_memoryDigest_bootId: of }, select: LIGHT }),

    newest: (hostId: string): Promise<Snapshot | null> =>
      db.snapshot.findFirst({ where: { hostId }, orderBy: { seenSeq: 'desc' } }),

    newestId: async (hostId: string): Promise<string | null> =>
      (await db.snapshot.findFirst({ where: { hostId }, orderBy: { seenSeq: 'desc' }, select: { id: true } }))
        ?.id ?? null,

    /** The same content came again: what it shows is the newest once more. */
    seenAgain: async ({ id, hostId }: LightSnapshot) => {
      await db.snapshot.update({ where: { id }, data: { seenSeq: await nextSeq(db, hostId) } })
    },

    list: (hostId: string, page: PageOf): Promise<LightSnapshot[]> =>
      db.snapshot.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page), select: LIGHT }),
  }
}

async function nextSeq(db: Db, hostId: string): Promise<number> {
  const newest = await db.snapshot.findFirst({
    where: { hostId },
    orderBy: { seenSeq: 'desc' },
    select: { seenSeq: true },
  })
  return (newest?.seenSeq ?? 0) + 1
}
