import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { planPage } from '../../web/plan.tsx'
import { PlanParams } from '../../wire/plan.ts'
import { download } from './download.ts'
import { AS_SVG, asJson } from './forms.ts'
import { Scaled } from './host.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

/** As many events as may lie between a plan's first and its last. */
const EVENTS = 200

export const planPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get(
    '/plans/:planId',
    { schema: { params: PlanParams, querystring: Scaled } },
    async (request, reply) => {
      const { berth, visit } = await openVisit(api, request, reply)
      const path = request.params
      const { scale } = request.query
      const [plan, state, svg] = await Promise.all([
        berth.GET('/v1/plans/{planId}', { params: { path } }),
        berth.GET('/v1/plans/{planId}/state', { params: { path } }),
        berth.GET('/v1/plans/{planId}', { params: { path, query: { scale, embed: 'true' } }, ...AS_SVG }),
      ])
      const made = asJson(plan.data)
      const hostId = made.host
      const [host, timeline] = await Promise.all([
        berth.GET('/v1/hosts/{hostId}', { params: { path: { hostId } } }),
        berth.GET('/v1/hosts/{hostId}/timeline', {
          params: { path: { hostId }, query: { order: 'newest', limit: EVENTS } },
        }),
      ])
      return html(
        reply,
        planPage(visit(), {
          plan: made,
          hostname: host.data!.hostname,
          state: state.data!,
          events: timeline.data!.items.filter((event) => event.plan === path.planId).reverse(),
          svg: svg.data!,
          scale,
        }),
      )
    },
  )

  for (const [file, accept] of [
    ['map.svg', 'image/svg+xml'],
    ['plan.json', 'application/json'],
    ['plan.txt', 'text/plain'],
  ] as const) {
    web.get(`/plans/:planId/${file}`, { schema: { params: PlanParams } }, async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const asked = { params: { path: request.params }, headers: { accept }, parseAs: 'text' } as const
      return download(reply, `${request.params.planId}-${file}`, await berth.GET('/v1/plans/{planId}', asked))
    })
  }
}
