import type { Db } from './db.ts'
import type { HealthResult } from './generated/sqlite/client.ts'

export type { HealthResult }
export type HealthResultRows = ReturnType<typeof healthResultRows>

/** The newest result of each health gate, for each host where it has hosts. */
export function healthResultRows(db: Db) {
  return {
    of: (rolloutId: string) => db.healthResult.findMany({ where: { rolloutId }, orderBy: { at: 'asc' } }),

    /** Takes the place of the one before. */
    set: async (row: HealthResult) => {
      const { rolloutId, gate, hostId } = row
      const { id: _, ...newer } = row
      await db.healthResult.upsert({
        where: { rolloutId_gate_hostId: { rolloutId, gate, hostId } },
        create: row,
        update: newer,
      })
    },
  }
}
