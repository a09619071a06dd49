import pg from 'pg'
import type { Entry } from '../../../src/audit/entry.ts'
import type { AuditLine, Held } from './history.ts'

/** Reads what the database holds, past the service. */
export async function readHeld(url: string): Promise<Held> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await client.query<T>(sql)).rows
  try {
    const pools = await rows<{ name: string; fence: number }>(
      'SELECT "name", "lastFence"::int AS "fence" FROM "LeasePool"',
    )
    const chain = await rows<Omit<Entry, 'detail'> & { detail: string }>(
      `SELECT "seq"::int, "id", to_char("at", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "at", "actor", "action", "target", "detail",
        "requestId" AS "request_id", "prevHash" AS "prev_hash", "hash" FROM "AuditEntry" ORDER BY "seq"`,
    )
    const entries = chain.map((entry) => ({
      ...entry,
      detail: JSON.parse(entry.detail) as AuditLine['detail'],
    }))
    const changes = `SELECT "hostId" AS "host", "generation"::int, "by", "kind", "change", "mem", "room"::float8, "reason"
      FROM "PinChange" WHERE "purpose" = 'reboot' ORDER BY "id"`
    return {
      hosts: await rows(
        'SELECT "id", "machineId" AS "machine", "pinGeneration"::int AS "generation" FROM "Host"',
      ),
      snapshots: await rows('SELECT "id", "hostId" AS "host", "bootId" AS "boot" FROM "Snapshot"'),
      plans: await rows(`SELECT p."id", p."hostId" AS "host", s."state" FROM "Plan" p
        LEFT JOIN "PlanState" s ON s."planId" = p."id"`),
      keys: await rows('SELECT "id", "name", "revokedAt" IS NOT NULL AS "revoked" FROM "ApiKey"'),
      rollouts: await rows('SELECT "id" FROM "Rollout"'),
      pins: await rows(
        `SELECT "hostId" AS "host", "kind", "mem", "room"::float8 FROM "Pin" WHERE "purpose" = 'reboot'`,
      ),
      pinChanges: await rows(changes),
      timeline: await rows('SELECT "kind", "hostId" AS "host", "plan", "snapshot" FROM "TimelineEvent"'),
      audit: entries.map(({ action, target, request_id, detail }) => ({
        ...{ action, target, request: request_id, detail },
      })),
      chain: entries,
      events: await rows('SELECT "seq"::int, "kind", "hostId" AS "host" FROM "Event" ORDER BY "seq"'),
      leases: await rows('SELECT "pool", "fence"::int, "holder" FROM "Lease"'),
      lastFences: new Map(pools.map(({ name, fence }) => [name, fence])),
    }
  } finally {
    await client.end()
  }
}
