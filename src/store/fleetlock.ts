import type { Db } from './db.ts'
import type { FleetlockCredential } from './generated/sqlite/client.ts'

export type { FleetlockCredential }
export type FleetlockRows = ReturnType<typeof fleetlockRows>

/** By what FleetLock clients reach their group's leases; only the hash of a secret is here. */
export function fleetlockRows(db: Db) {
  return {
    of: (group: string) => db.fleetlockCredential.findUnique({ where: { group } }),

    get: (id: string) => db.fleetlockCredential.findUnique({ where: { id } }),

    set: (row: FleetlockCredential) =>
      db.fleetlockCredential.upsert({ where: { group: row.group }, create: row, update: row }),

    forget: async (group: string) => {
      await db.fleetlockCredential.deleteMany({ where: { group } })
    },
  }
}
