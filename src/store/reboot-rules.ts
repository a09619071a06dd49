import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { RebootRule } from './generated/sqlite/client.ts'

export type { RebootRule }
export type RebootRuleRows = ReturnType<typeof rebootRuleRows>

export interface RebootRuleFilter {
  readonly model?: string
  readonly hostId?: string
}

/** How hosts are rebooted, as operators have said; what has expired stays until somebody takes it away. */
export function rebootRuleRows(db: Db) {
  return {
    insert: (row: RebootRule) => db.rebootRule.create({ data: row }),

    get: (id: string) => db.rebootRule.findUnique({ where: { id } }),

    list: (page: PageOf, filter: RebootRuleFilter) =>
      db.rebootRule.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) }),

    denials: (model: string) => db.rebootRule.findMany({ where: { kind: 'denial', model } }),

    /** The newest that no plan has used up. */
    override: (hostId: string) =>
      db.rebootRule.findFirst({
        where: { kind: 'override', hostId, usedBy: null },
        orderBy: { id: 'desc' },
      }),

    /** All that no plan has used up, oldest first: those of every model and of every host. */
    open: () => db.rebootRule.findMany({ where: { usedBy: null }, orderBy: { id: 'asc' } }),

    use: async (id: string, planId: string) => {
      await db.rebootRule.update({ where: { id }, data: { usedBy: planId } })
    },

    remove: async (id: string) => {
      await db.rebootRule.deleteMany({ where: { id } })
    },
  }
}
