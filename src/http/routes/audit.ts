import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { AuditPage, AuditQuery } from '../../wire/audit.ts'
import { access, answers } from '../contract.ts'
import { readPage, toPage } from '../page.ts'
import { presentAuditEntry } from '../present.ts'
import type { Shell } from '../shell.ts'

/** Who did what. Nothing here can be changed. */
export const audit: FastifyPluginAsyncZod<Shell> = async (app, { store }) => {
  const { config, security } = access('admin')
  app.get('/audit', {
    config,
    schema: {
      operationId: 'listAudit',
      summary: 'Who did what, oldest first',
      tags: ['audit'],
      security,
      querystring: AuditQuery,
      response: answers('admin', { 200: AuditPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const { target, actor } = query
      const filter = { ...(target !== undefined && { target }), ...(actor !== undefined && { actor }) }
      const rows = await store.audit.list(readPage(request, query), filter)
      return toPage(request, reply, { rows, query, present: presentAuditEntry })
    },
  })
}
