import { GENESIS, type Link } from '../audit/entry.ts'
import type { Db } from './db.ts'
import type { Host as HostRow } from './generated/sqlite/client.ts'
import { readHost, type Host } from './host-search.ts'
import { isTrue, listed, plain, quoted } from './plain.ts'
import { LAST_SEEN, LIGHT, type LastSeen, type LightSnapshot, type Snapshot } from './snapshots.ts'
import type { Sql, SqlValue } from './sql.ts'

export type PostingRows = ReturnType<typeof postingRows>

/** What a host's snapshot is stored by. */
export interface Posting {
  readonly host: Host
  /** The one of this memory in this boot, where the host has posted it before. */
  readonly same: LightSnapshot | null
  /** What was the newest until now. */
  readonly before: LastSeen | null
  /** When the oldest of the host's snapshots was stored. */
  readonly oldest: Date | null
  /** Whether it has a plan in one of the states that were asked for. */
  readonly hasPlans: boolean
  /** Whether it is in one of the states that were asked for, in a rollout that has started. */
  readonly isUnderWay: boolean
  /** Whether a scope of its own, of its group or of the fleet has a policy. */
  readonly hasPolicy: boolean
  /** The end of the audit's chain. */
  readonly end: Link
}

export interface PostingOf {
  readonly host: { readonly id: string } | { readonly machineId: string }
  readonly memoryDigest: string
  readonly bootId: string
  readonly planStates: readonly string[]
  readonly memberStates: readonly string[]
}

/** Reads what a post goes by in one statement, for every host posts with every boot. Most of it is mostly none. */
export function postingRows(db: Db, sql: Sql) {
  const hosts = plain<HostRow>(db, sql, 'Host')
  const snapshots = plain<Snapshot>(db, sql, 'Snapshot')
  return {
    /** Null where there is no such host. To be read in the transaction that stores. */
    of: async ({ host, memoryDigest, bootId, ...of }: PostingOf): Promise<Posting | null> => {
      const values: SqlValue[] = []
      const places = (list: readonly string[]): string => listed(values, list)
      const text = `SELECT ${quoted(hosts.columns, 'h')}, ${quoted(LIGHT, 's')}, ${quoted(LAST_SEEN, 'l')},
        (SELECT MIN("createdAt") FROM "Snapshot" WHERE "hostId" = "h"."id"),
        EXISTS (SELECT 1 FROM "PlanState" WHERE "hostId" = "h"."id" AND "state" IN (${places(of.planStates)})),
        EXISTS (SELECT 1 FROM "RolloutMember" AS "m" JOIN "Rollout" AS "r" ON "r"."id" = "m"."rolloutId"
          WHERE "m"."hostId" = "h"."id" AND "r"."phase" = 'started' AND "m"."state" IN (${places(of.memberStates)})),
        EXISTS (SELECT 1 FROM "Policy" WHERE "scope" IN ('fleet', 'host:' || "h"."id", 'group:' || "h"."group")),
        "a"."seq", "a"."hash"
        FROM "Host" AS "h"
        LEFT JOIN "Snapshot" AS "s" ON "s"."hostId" = "h"."id" AND "s"."memoryDigest" = ${places([memoryDigest])} AND "s"."bootId" = ${places([bootId])}
        LEFT JOIN "Snapshot" AS "l" ON "l"."hostId" = "h"."id"
          AND "l"."seenSeq" = (SELECT MAX("seenSeq") FROM "Snapshot" WHERE "hostId" = "h"."id")
        LEFT JOIN (SELECT "seq", "hash" FROM "AuditEntry" WHERE "seq" IS NOT NULL ORDER BY "seq" DESC LIMIT 1) AS "a" ON 1 = 1
        WHERE ${'id' in host ? `"h"."id" = ${places([host.id])}` : `"h"."machineId" = ${places([host.machineId])}`}`
      const [row] = await sql.rows(text, values)
      if (!row) return null
      let at = 0
      const next = (count: number): readonly unknown[] => row.slice(at, (at += count))
      const [found] = hosts.read([next(hosts.columns.length)])
      const [same] = snapshots.read([next(LIGHT.length)], LIGHT)
      const [before] = snapshots.read([next(LAST_SEEN.length)], LAST_SEEN)
      const [oldest, hasPlans, isUnderWay, hasPolicy, seq, hash] = next(6)
      return {
        host: readHost(found as HostRow),
        // What a join has not found has nothing in any column.
        same: same && isThere(same.id) ? same : null,
        before: before && isThere(before.bootId) ? before : null,
        oldest: isThere(oldest) ? new Date(oldest as string) : null,
        hasPlans: isTrue(hasPlans),
        isUnderWay: isTrue(isUnderWay),
        hasPolicy: isTrue(hasPolicy),
        end: isThere(seq) ? { seq: Number(seq), hash: hash as string } : GENESIS,
      }
    },
  }
}

function isThere(told: unknown): boolean {
  return told !== null && told !== undefined
}
