import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { RolloutEvent as EventRow } from '../../store/rollout-events.ts'
import { RolloutEventPage, RolloutEventQuery, type RolloutEvent } from '../../wire/rollout-event.ts'
import { RolloutParams } from '../../wire/rollout.ts'
import { access, answers } from '../contract.ts'
import { notFound } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { sweepRollout } from '../rollouts/sweep-due.ts'
import type { Shell } from '../shell.ts'

const viewer = access('viewer')

/** What happened to a rollout: who told it what, which waves opened, what hosts did, what stopped it. */
export const rolloutTimeline: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store } = shell
  app.get('/rollouts/:rolloutId/timeline', {
    config: viewer.config,
    schema: {
      operationId: 'listRolloutTimeline',
      summary: 'What happened to it and to its hosts in it, in order',
      description:
        'Commands with their reasons, waves, grants, outcomes, brakes. It stays as it is when a host is deleted.',
      tags: ['rollouts'],
      security: viewer.security,
      params: RolloutParams,
      querystring: RolloutEventQuery,
      response: answers('viewer', { 200: RolloutEventPage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query, params } = request
      if (!(await store.rollouts.get(params.rolloutId))) throw notFound('rollout')
      await sweepRollout(shell, request, params.rolloutId)
      const { after, ...page } = readPage(request, query)
      const { host, kind } = query
      const filter = {
        ...(host === undefined ? {} : { hostId: host }),
        ...(kind === undefined ? {} : { kind }),
      }
      // A cursor that somebody made up begins nowhere.
      const seq = after === null ? null : Number(after)
      const found =
        seq === null || Number.isSafeInteger(seq)
          ? await store.rolloutEvents.list(params.rolloutId, { ...page, after: seq }, filter)
          : []
      const rows = found.map((row) => ({ ...row, id: String(row.seq) }))
      return toPage(request, reply, { rows, query, present })
    },
  })
}

function present({ at, kind, by, hostId, planId, detail }: EventRow): RolloutEvent {
  const what = kind as RolloutEvent['kind']
  return { at: at.toISOString(), kind: what, by, host: hostId, plan: planId, detail }
}
