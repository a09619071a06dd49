import type { Db } from './db.ts'

export type FleetRows = ReturnType<typeof fleetRows>

/** How many hosts have one value; null where they have none. */
export interface HostCount {
  readonly value: string | null
  readonly hosts: number
}

/** A column of hosts that they are counted by. */
export type HostColumn = 'state' | 'arch' | 'group' | 'hardwareModel' | 'release'

/** Hosts counted: one statement a question, however many hosts there are. */
export function fleetRows(db: Db) {
  return {
    /** The most frequent first. */
    by: async (column: HostColumn): Promise<HostCount[]> => {
      const groups = await db.host.groupBy({ by: [column], _count: { _all: true } })
      return sorted(groups.map((one) => ({ value: one[column], hosts: one._count._all })))
    },

    /** By the state of the newest plan that each was to reboot with. */
    byPlan: async (): Promise<HostCount[]> => {
      const counted = await db.$queryRaw<{ state: string; hosts: bigint | number }[]>`
        SELECT s."state" AS "state", count(*) AS "hosts" FROM "PlanState" s
        WHERE s."planId" IN (SELECT max("id") FROM "Plan" WHERE "purpose" = 'reboot' GROUP BY "hostId")
        GROUP BY s."state"`
      return sorted(counted.map(({ state, hosts }) => ({ value: state, hosts: Number(hosts) })))
    },

    /** Ids of those whose newest plan, of those to reboot with, is in a state. */
    havingPlan: async (state: string): Promise<string[]> => {
      const rows = await db.$queryRaw<{ hostId: string }[]>`
        SELECT s."hostId" AS "hostId" FROM "PlanState" s
        WHERE s."state" = ${state}
          AND s."planId" IN (SELECT max("id") FROM "Plan" WHERE "purpose" = 'reboot' GROUP BY "hostId")
        ORDER BY s."hostId"`
      return rows.map(({ hostId }) => hostId)
    },

    /** Hostnames of those that there are, of no more than a page of hosts. */
    namesOf: async (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
      const rows = await db.host.findMany({
        where: { id: { in: [...ids] } },
        select: { id: true, hostname: true },
      })
      return new Map(rows.map(({ id, hostname }) => [id, hostname]))
    },

    optedOut: () => db.host.count({ where: { optOutAt: { not: null } } }),

    refusingLoads: () => db.host.count({ where: { loadRefusal: { not: null } } }),
  }
}

function sorted(counts: readonly HostCount[]): HostCount[] {
  return [...counts].sort((a, b) => b.hosts - a.hosts || (a.value ?? '').localeCompare(b.value ?? ''))
}
