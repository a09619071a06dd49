import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { auditWalk } from '../../audit/walk.ts'
import { auditPage } from '../../web/audit.tsx'
import { AuditQuery, type AuditEntry } from '../../wire/audit.ts'
import { sha256 } from '../sha256.ts'
import { dropEmpty } from './drop-empty.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const SHOWN = 50

const Query = AuditQuery.omit({ limit: true }).extend({
  // What happened just now is looked for more often than how it began.
  order: z.enum(['oldest', 'newest']).default('newest'),
})

/** The audit, for who may read it. */
export const auditPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/audit', { preValidation: dropEmpty, schema: { querystring: Query } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const [{ data: entries }, { data: head }] = await Promise.all([
      berth.GET('/v1/audit', { params: { query: { ...request.query, limit: SHOWN } } }),
      berth.GET('/v1/audit/head'),
    ])
    const { actor, target } = request.query
    const faults = faultsOf(entries!.items, actor === undefined && target === undefined)
    return html(reply, auditPage(visit(), { filter: request.query, entries: entries!, head: head!, faults }))
  })
}

/** What is wrong with the entries of one page, in sentences; `isWhole`: none between them was left out. */
function faultsOf(entries: readonly AuditEntry[], isWhole: boolean): readonly string[] {
  const inOrder = [...entries].sort((a, b) => a.seq - b.seq)
  const runs = isWhole ? [inOrder] : inOrder.map((entry) => [entry])
  return runs.flatMap((run) => {
    const walk = auditWalk({ sha256, since: run[0]?.seq ?? 1 })
    run.forEach((entry) => walk.see(entry))
    return run.length === 0 ? [] : walk.end().faults.map(({ sentence }) => sentence)
  })
}
