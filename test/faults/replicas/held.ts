import pg from 'pg'
import type { Held } from './history.ts'

/** Reads what the database holds, past the service. */
export async function readHeld(url: string): Promise<Held> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await client.query<T>(sql)).rows
  try {
    const pools = await rows<{ name: string; fence: number }>(
      'SELECT "name", "lastFence"::int AS "fence" FROM "LeasePool"',
    )
    const audit = await rows<{ action: string; target: string; request: string; detail: string }>(
      'SELECT "action", "target", "requestId" AS "request", "detail" FROM "AuditEntry" ORDER BY "id"',
    )
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
      audit: audit.map(({ detail, ...line }) => ({ ...line, detail: JSON.parse(detail) as object as never })),
      events: await rows('SELECT "seq"::int, "kind", "hostId" AS "host" FROM "Event" ORDER BY "seq"'),
      leases: await rows('SELECT "pool", "fence"::int, "holder" FROM "Lease"'),
      lastFences: new Map(pools.map(({ name, fence }) => [name, fence])),
    }
  } finally {
    await client.end()
  }
}
