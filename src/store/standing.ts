import type { Sql } from './sql.ts'

export type StandingRows = ReturnType<typeof standingRows>

/** What every host that asks goes by first. */
export interface Standing {
  /** Rollouts that have started, oldest first, and how often each was changed. */
  readonly rollouts: readonly { readonly id: string; readonly revision: number }[]
  /** Hosts that an operator has assigned a plan, whatever any rollout says. */
  readonly assigned: ReadonlySet<string>
}

/** Statements after which it may be another: a plan begins as nobody's, and a host that is deleted takes its plans along. */
const CHANGES = [
  ...['INSERT Rollout', 'UPDATE Rollout', 'DELETE Rollout'],
  ...['UPDATE PlanState', 'DELETE PlanState', 'DELETE Host'],
]

export function standingRows(sql: Sql) {
  return {
    /** In one statement: it is asked again after every write that may have changed it. */
    read: async (): Promise<Standing> => {
      const text = `SELECT "id", "revision" FROM "Rollout" WHERE "phase" = 'started'
        UNION ALL SELECT "hostId", NULL FROM "PlanState" WHERE "state" = 'assigned' AND "rolloutId" IS NULL`
      const rollouts: { id: string; revision: number }[] = []
      const assigned = new Set<string>()
      for (const [id, revision] of (await sql.rows(text, [])) as [string, unknown][]) {
        if (revision === null) assigned.add(id)
        else rollouts.push({ id, revision: Number(revision) })
      }
      return { rollouts: rollouts.sort((a, b) => (a.id < b.id ? -1 : 1)), assigned }
    },

    /** Whether this transaction may have changed it. */
    isTouched: (): boolean => CHANGES.some((change) => sql.written.has(change)),
  }
}
