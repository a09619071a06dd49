import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { CHECKPOINT_TYPE, checkpointText } from '../../audit/checkpoint.ts'
import { GENESIS } from '../../audit/entry.ts'
import type { AuditEntry } from '../../store/audit.ts'
import { AuditHead, AuditPage, AuditQuery, MAX_SEQ } from '../../wire/audit.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers } from '../contract.ts'
import { badCursor, readPage, toPage } from '../page.ts'
import { presentAuditEntry } from '../present.ts'
import type { Shell } from '../shell.ts'

/** Who did what. Nothing here can be changed. */
export const audit: FastifyPluginAsyncZod<Shell> = async (app, { store, now, signer }) => {
  const { config, security } = access('admin')
  const viewer = access('viewer')
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
      const { target, actor, since } = query
      const filter = {
        ...(target !== undefined && { target }),
        ...(actor !== undefined && { actor }),
        ...(since !== undefined && { since }),
      }
      const { after, ...page } = readPage(request, query)
      const rows = await store.audit.list({ ...page, after: after === null ? null : entryAt(after) }, filter)
      return toPage(request, reply, { rows, query, present: presentAuditEntry, place: placeOf })
    },
  })

  app.get('/audit/head', {
    config: viewer.config,
    schema: {
      operationId: 'getAuditHead',
      summary: 'How far the audit has come, signed',
      description:
        'Each entry has the hash of the one before it, so the newest stands for all of them. Signed with the keys of the service; says nothing of what was done, so whoever may read anything may keep it.',
      tags: ['audit'],
      security: viewer.security,
      querystring: NoQuery,
      response: answers('viewer', { 200: AuditHead }),
    },
    handler: async () => {
      const { seq, hash } = (await store.audit.last()) ?? GENESIS
      const checkpoint = { seq, hash, at: now().toISOString() }
      return { ...checkpoint, signed: signer.sign(CHECKPOINT_TYPE, checkpointText(checkpoint)) }
    },
  })
}

function placeOf({ seq, id }: Pick<AuditEntry, 'seq' | 'id'>): string {
  return `${seq}.${id}`
}

/** Errors: `bad-cursor` for the place of another list, as an earlier release had it. */
function entryAt(place: string): Pick<AuditEntry, 'seq' | 'id'> {
  const [, seq, id = ''] = /^(\d{1,10})\.(.+)$/.exec(place) ?? []
  if (seq === undefined || Number(seq) > MAX_SEQ) throw badCursor()
  return { seq: Number(seq), id }
}
