import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ProblemError, type Berth, type Schemas } from '../../client/index.ts'
import { newRolloutPage, type NewRolloutShown } from '../../web/new-rollout.tsx'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { reasonsOf } from './reasons.ts'
import { readRolloutFields } from './rollout-fields.ts'
import { openVisit } from './visit.ts'

const ENTRIES = 100
const MOST_TEXT = 20_000

const Fields = z.record(z.string(), z.string().max(MOST_TEXT))

/** A new rollout: its terms, the order in which hosts would go, and then the draft. */
export const rolloutForm: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/rollouts/new', { schema: { querystring: Fields } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const entries = await entriesOf(berth)
    const shown = { fields: request.query, entries, preview: null, refused: [] }
    return html(reply, newRolloutPage(visit(), shown))
  })

  web.post('/rollouts/new', { schema: { body: Fields } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const { _csrf, ...fields } = request.body
    const entries = await entriesOf(berth)
    const page = (status: number, more: Partial<NewRolloutShown>) => {
      const shown = { fields, entries, preview: null, refused: [], ...more }
      return html(reply.code(status), newRolloutPage(visit(), shown))
    }
    const read = readRolloutFields(fields)
    if (!read.ok) return page(400, { refused: read.wrong })
    // Whether it is one the API says.
    const body = read.value as Schemas['NewRollout']
    try {
      if (fields['do'] !== 'create') {
        const { data } = await berth.POST('/v1/rollouts', { params: { query: { dry_run: 'true' } }, body })
        return page(200, { preview: data as Schemas['RolloutPreview'], body: JSON.stringify(body) })
      }
      const { data } = await berth.POST('/v1/rollouts', { body })
      return reply.redirect(`/rollouts/${(data as Schemas['Rollout']).id}`, 303)
    } catch (thrown) {
      if (!(thrown instanceof ProblemError) || thrown.problem.status === 401) throw thrown
      return page(thrown.problem.status, { refused: reasonsOf(thrown.problem) })
    }
  })
}

async function entriesOf(berth: Berth) {
  const { data } = await berth.GET('/v1/boot-entries', {
    params: { query: { order: 'newest', limit: ENTRIES } },
  })
  return data!.items
}
