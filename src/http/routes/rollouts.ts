import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Rows } from '../../store/open-store.ts'
import { NoQuery } from '../../wire/page.ts'
import { NewRollout } from '../../wire/rollout-spec.ts'
import {
  NewRolloutQuery,
  Rollout,
  RolloutMemberPage,
  RolloutMemberQuery,
  RolloutPage,
  RolloutParams,
  RolloutPreview,
  RolloutQuery,
} from '../../wire/rollout.ts'
import { access, answers, BODY_CODES, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound } from '../failure.ts'
import { createRollout, previewOf, recruit } from '../rollouts/new-rollout.ts'
import { readPage, toPage } from '../page.ts'
import { presentMember, presentRollout } from '../rollouts/present-rollout.ts'
import { mustBeSound } from '../rollouts/rollout-spec.ts'
import type { Shell } from '../shell.ts'
import { sweepRollout } from '../rollouts/sweep-due.ts'
import { sendJson } from '../write.ts'

const tags = ['rollouts']
const viewer = access('viewer')
const operator = access('operator')

/** Rollouts: who reboots when, into what, and what stops it. */
export const rollouts: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, write, probes, now } = shell

  app.post('/rollouts', {
    config: operator.config,
    schema: {
      operationId: 'createRollout',
      summary: 'Make a rollout, as a draft; or see the order in which hosts would go',
      tags,
      security: operator.security,
      headers: WriteHeaders,
      querystring: NewRolloutQuery,
      body: NewRollout,
      response: answers('operator', { 200: RolloutPreview, 201: Rollout }, [
        'not-found',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) => {
      const { query, body } = request
      mustBeSound(body, probes.mayAsk)
      if (query.dry_run === 'true') {
        const preview = previewOf(body, await recruit(store, body, now()))
        return sendJson(reply, { status: 200, body: JSON.stringify(preview) })
      }
      return write(request, reply, async (writing) => {
        const { id } = await createRollout(writing, body, await recruit(writing.rows, body, writing.at))
        const made = JSON.stringify(await rolloutNow(writing.rows, id))
        return { status: 201, body: made, headers: { location: `/v1/rollouts/${id}`, etag: etagOf(made) } }
      })
    },
  })

  app.get('/rollouts', {
    config: viewer.config,
    schema: {
      operationId: 'listRollouts',
      summary: 'Rollouts, oldest first',
      tags,
      security: viewer.security,
      querystring: RolloutQuery,
      response: answers('viewer', { 200: RolloutPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const found = await store.rollouts.list(readPage(request, query), {})
      const page = toPage(request, reply, { rows: found, query, present: (row) => row.id })
      const items: Rollout[] = []
      for (const id of page.items) {
        await sweepRollout(shell, request, id)
        items.push(await rolloutNow(store, id))
      }
      return { ...page, items }
    },
  })

  app.get('/rollouts/:rolloutId', {
    config: viewer.config,
    schema: {
      operationId: 'getRollout',
      summary: 'One rollout: where it stands, and how many hosts are in which state',
      tags,
      security: viewer.security,
      params: RolloutParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: Rollout }, ['not-found']),
    },
    handler: async (request) => {
      const { rolloutId } = request.params
      await sweepRollout(shell, request, rolloutId)
      return rolloutNow(store, rolloutId)
    },
  })

  app.get('/rollouts/:rolloutId/members', {
    config: viewer.config,
    schema: {
      operationId: 'listRolloutMembers',
      summary: 'Its hosts in their order, by state or wave',
      tags,
      security: viewer.security,
      params: RolloutParams,
      querystring: RolloutMemberQuery,
      response: answers('viewer', { 200: RolloutMemberPage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query, params } = request
      if (!(await store.rollouts.get(params.rolloutId))) throw notFound('rollout')
      await sweepRollout(shell, request, params.rolloutId)
      const { after, limit } = readPage(request, query)
      const filter = {
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.wave === undefined ? {} : { wave: query.wave - 1 }),
      }
      // A cursor that somebody made up begins nowhere.
      const place = after === null ? -1 : Number(after)
      const found = Number.isSafeInteger(place)
        ? await store.rolloutMembers.page(params.rolloutId, { after: place, limit }, filter)
        : []
      const rows = found.map((row) => ({ ...row, id: String(row.place) }))
      const names = await store.fleet.namesOf(rows.map((row) => row.hostId))
      const present = (row: (typeof rows)[number]) => presentMember(row, names.get(row.hostId) ?? null)
      return toPage(request, reply, { rows, query, present })
    },
  })
}

/** A rollout as it stands. Errors: `not-found`. */
export async function rolloutNow(rows: Rows, rolloutId: string): Promise<Rollout> {
  const row = await rows.rollouts.get(rolloutId)
  if (!row) throw notFound('rollout')
  return presentRollout(row, await rows.rolloutMembers.counts(rolloutId))
}
