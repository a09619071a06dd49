import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { everyItem, type Berth } from '../../client/index.ts'
import { rolloutPage } from '../../web/rollout.tsx'
import { rolloutsPage } from '../../web/rollouts.tsx'
import { MAX_LIMIT } from '../../wire/page.ts'
import { RolloutParams, type RolloutMember } from '../../wire/rollout.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

/** Rollouts of one page, and events of one rollout. */
const SHOWN = { rollouts: 25, events: 50 } as const

/** So many cells can be looked at; of more than that the bars of the waves tell. */
const MOST_CELLS = 2000

const Query = z.object({ cursor: z.string().max(500).optional() })

/** Rollouts to look at. */
export const rolloutPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/rollouts', { schema: { querystring: Query } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const query = { ...request.query, order: 'newest', limit: SHOWN.rollouts } as const
    const [{ data: pauses }, { data: rollouts }] = await Promise.all([
      berth.GET('/v1/pauses'),
      berth.GET('/v1/rollouts', { params: { query } }),
    ])
    return html(reply, rolloutsPage(visit(), { pauses: pauses!.items, rollouts: rollouts! }))
  })

  web.get('/rollouts/:rolloutId', { schema: { params: RolloutParams } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const path = request.params
    const { data: rollout } = await berth.GET('/v1/rollouts/{rolloutId}', { params: { path } })
    const [members, { data: events }] = await Promise.all([
      membersOf(berth, path.rolloutId),
      berth.GET('/v1/rollouts/{rolloutId}/timeline', {
        params: { path, query: { order: 'newest', limit: SHOWN.events } },
      }),
    ])
    return html(reply, rolloutPage(visit(), { rollout: rollout!, members, events: events!.items }))
  })
}

async function membersOf(berth: Berth, rolloutId: string): Promise<RolloutMember[]> {
  const all = everyItem(async (cursor) => {
    const query = { limit: MAX_LIMIT, ...(cursor !== undefined && { cursor }) }
    const { data } = await berth.GET('/v1/rollouts/{rolloutId}/members', {
      params: { path: { rolloutId }, query },
    })
    return data!
  })
  const members: RolloutMember[] = []
  for await (const member of all) if (members.push(member) === MOST_CELLS) break
  return members
}
