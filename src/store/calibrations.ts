import type { Db } from './db.ts'
import type { Calibration } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { Calibration }
export type CalibrationRows = ReturnType<typeof calibrationRows>
export type CalibrationKey = Pick<Calibration, 'group' | 'arch' | 'release'>

/** What trial loads have taught, one row a group and release. */
export function calibrationRows(db: Db, sql: Sql) {
  const table = plain<Calibration>(db, sql, 'Calibration')
  return {
    get: ({ group, arch, release }: CalibrationKey): Promise<Calibration | null> =>
      table.one({ group, arch, release }),

    set: async (row: Calibration) => {
      const { group, arch, release } = row
      await db.calibration.upsert({
        where: { group_arch_release: { group, arch, release } },
        create: row,
        update: row,
      })
    },
  }
}
