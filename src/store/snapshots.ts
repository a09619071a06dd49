import type { BootGround, Range } from '../planner/index.ts'
import { physAddr } from '../planner/index.ts'
import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Snapshot as SnapshotRow } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type Snapshot = SnapshotRow
type NewSnapshot = Omit<Snapshot, 'seenSeq' | 'seenAt'>
export type SnapshotRows = ReturnType<typeof snapshotRows>

/** What is kept of a host's snapshots beside the newest and what plans refer to. */
export interface Keep {
  /** So many of the newest. */
  readonly count: number
  /** None that is older. */
  readonly before: Date
  /** Always one of each of so many boots, and of each hardware that these show so many. */
  readonly boots: number
  /** The number of the newest, where it is known: the host has no more of them than that. */
  readonly newest?: number
}

/** Everything but the files, which lists and most answers do not need. */
export const LIGHT = [
  ...(['id', 'hostId', 'bootId', 'memoryDigest', 'createdAt'] as const),
  ...(['findings', 'summary', 'landing'] as const),
]
const LIGHT_SELECTED = Object.fromEntries(LIGHT.map((column) => [column, true])) as Record<
  (typeof LIGHT)[number],
  true
>

export type LightSnapshot = Pick<Snapshot, (typeof LIGHT)[number]>

export const LAST_SEEN = ['seenSeq', 'bootId', 'bootedPlanId', 'fingerprint', 'basisId'] as const
const NEWEST = { by: 'seenSeq', desc: true, limit: 1 } as const

/** Of the newest, without its files. */
export type LastSeen = Pick<Snapshot, (typeof LAST_SEEN)[number]>

export function snapshotRows(db: Db, sql: Sql) {
  const table = plain<SnapshotRow>(db, sql, 'Snapshot')
  const nextSeq = async (hostId: string): Promise<number> => {
    const [newest] = await table.find({ hostId }, { columns: ['seenSeq'], order: NEWEST })
    return (newest?.seenSeq ?? 0) + 1
  }
  return {
    /** Inserts it as the host's newest; `last`: what was the newest, where somebody knows that already. */
    insert: async (snapshot: NewSnapshot, last?: LastSeen | null): Promise<LightSnapshot> => {
      const seenSeq = last === undefined ? await nextSeq(snapshot.hostId) : (last?.seenSeq ?? 0) + 1
      await table.insert({ ...snapshot, seenSeq, seenAt: snapshot.createdAt })
      const { id, hostId, bootId, memoryDigest, createdAt, findings, summary, landing } = snapshot
      return { id, hostId, bootId, memoryDigest, createdAt, findings, summary, landing }
    },

    get: (hostId: string, id: string): Promise<LightSnapshot | null> => table.one({ id, hostId }, LIGHT),

    withFiles: (hostId: string, id: string): Promise<Snapshot | null> => table.one({ id, hostId }),

    newest: async (hostId: string): Promise<Snapshot | null> =>
      (await table.find({ hostId }, { order: NEWEST }))[0] ?? null,

    newestId: async (hostId: string): Promise<string | null> =>
      (await table.find({ hostId }, { columns: ['id'], order: NEWEST }))[0]?.id ?? null,

    /** What was the newest before this one was; null for a host's first. */
    newestBefore: ({ hostId, seenSeq }: Snapshot): Promise<Snapshot | null> =>
      db.snapshot.findFirst({ where: { hostId, seenSeq: { lt: seenSeq } }, orderBy: { seenSeq: 'desc' } }),

    /** The same content came again: what it shows is the newest once more. */
    seenAgain: async ({ id }: LightSnapshot, at: Date, last: LastSeen | null) => {
      await table.change({ id }, { seenSeq: (last?.seenSeq ?? 0) + 1, seenAt: at })
    },

    /** The ground of other boots of the same hardware, newest first, one a boot. */
    remembered: async (
      { hostId, bootId }: Pick<Snapshot, 'hostId' | 'bootId'>,
      { fingerprint, boots }: { fingerprint: string; boots: number },
    ): Promise<BootGround[]> => {
      // In one statement, for every plan asks this.
      const text = `
        SELECT "ground" FROM "Snapshot" WHERE "hostId" = $1 AND "seenSeq" IN (
          SELECT MAX("seenSeq") FROM "Snapshot"
          WHERE "hostId" = $1 AND "fingerprint" = $2 AND "bootId" <> $3
          GROUP BY "bootId" ORDER BY MAX("seenSeq") DESC LIMIT $4
        ) ORDER BY "seenSeq" DESC`
      const rows = table.read(await sql.rows(text, [hostId, fingerprint, bootId, boots]), ['ground'])
      return rows.filter(({ ground }) => ground !== '').map(({ ground }) => readGround(ground))
    },

    /** The last snapshot of each of so many of the newest boots, oldest first. */
    lastOfBoots: async (hostId: string, boots: number): Promise<LightSnapshot[]> => {
      const newest = await newestOfBoots(db, { hostId }, boots)
      const where = { hostId, seenSeq: { in: newest } }
      return db.snapshot.findMany({ where, orderBy: { seenSeq: 'asc' }, select: LIGHT_SELECTED })
    },

    count: (hostId: string): Promise<number> => db.snapshot.count({ where: { hostId } }),

    /** Returns how many went. */
    forgetOld: async (hostId: string, { count, before, boots, newest = Infinity }: Keep): Promise<number> => {
      const beyond = newest > count ? await firstBeyond(db, hostId, count) : undefined
      const text = `SELECT "id", "seenSeq" FROM "Snapshot"
        WHERE "hostId" = $1 AND ("createdAt" < $2 OR "seenSeq" <= $3)`
      const old = table.read(await sql.rows(text, [hostId, before, beyond?.seenSeq ?? 0]), ['id', 'seenSeq'])
      // Most have none, and then nobody has to ask which are kept all the same.
      if (old.length === 0) return 0
      const kept = new Set(await rememberable(db, hostId, boots))
      const ids = old.flatMap(({ id, seenSeq }) => (kept.has(seenSeq) ? [] : [id]))
      const planned = await db.plan.findMany({
        where: { snapshotId: { in: ids } },
        distinct: ['snapshotId'],
        select: { snapshotId: true },
      })
      const used = new Set(planned.map(({ snapshotId }) => snapshotId))
      const { count: gone } = await db.snapshot.deleteMany({
        where: { id: { in: ids.filter((id) => !used.has(id)) } },
      })
      return gone
    },

    list: (hostId: string, page: PageOf): Promise<LightSnapshot[]> =>
      db.snapshot.findMany({
        where: { hostId, ...afterId(page) },
        ...pageArgs(page),
        select: LIGHT_SELECTED,
      }),
  }
}

/** The newest that is not among so many. */
async function firstBeyond(
  db: Db,
  hostId: string,
  count: number,
): Promise<Pick<Snapshot, 'seenSeq'> | undefined> {
  const [beyond] = await db.snapshot.findMany({
    where: { hostId },
    orderBy: { seenSeq: 'desc' },
    skip: count,
    take: 1,
    select: { seenSeq: true },
  })
  return beyond
}

/**
 * What new pins may yet go by: a host that goes back to hardware which it showed not long ago wants as many boots
 * of that one.
 */
async function rememberable(db: Db, hostId: string, boots: number): Promise<number[]> {
  const newest = await newestOfBoots(db, { hostId }, boots)
  const shown = await db.snapshot.findMany({
    where: { hostId, seenSeq: { in: newest } },
    distinct: ['fingerprint'],
    select: { fingerprint: true },
  })
  const kept = new Set(newest)
  for (const { fingerprint } of shown) {
    for (const seq of await newestOfBoots(db, { hostId, fingerprint }, boots)) kept.add(seq)
  }
  return [...kept]
}

/** Which snapshot is the last of each boot, of so many of the newest boots. */
async function newestOfBoots(
  db: Db,
  where: { hostId: string; fingerprint?: string; bootId?: { not: string } },
  boots: number,
): Promise<number[]> {
  const newest = await db.snapshot.groupBy({
    by: ['bootId'],
    where,
    _max: { seenSeq: true },
    orderBy: { _max: { seenSeq: 'desc' } },
    take: boots,
  })
  return newest.flatMap(({ _max }) => _max.seenSeq ?? [])
}

/** As it is stored: pairs of numbers. */
export function groundText({ strict, volatile }: BootGround): string {
  const pairs = (ranges: readonly Range[]) => ranges.map((r) => [r.start, r.last])
  return JSON.stringify({ strict: pairs(strict), volatile: pairs(volatile) })
}

/** What `groundText` made. */
export function readGround(text: string): BootGround {
  const { strict, volatile } = JSON.parse(text) as Record<'strict' | 'volatile', [number, number][]>
  const ranges = (pairs: [number, number][]): Range[] =>
    pairs.map(([start, last]) => ({ start: physAddr(start), last: physAddr(last) }))
  return { strict: ranges(strict), volatile: ranges(volatile) }
}
