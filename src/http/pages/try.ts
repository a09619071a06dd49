import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { tryPage } from '../../web/try.tsx'
import { HostParams } from '../../wire/host.ts'
import { PlacementMapQuery } from '../../wire/picture.ts'
import { AS_SVG, asJson } from './forms.ts'
import { entriesFor, PageScale } from './host.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const TryQuery = PlacementMapQuery.pick({ boot_entry: true, purpose: true, strategy: true }).extend({
  scale: PageScale,
})

/** Where a boot entry would be loaded: a question, so reading is enough. */
export const tryPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get(
    '/hosts/:hostId/try',
    { schema: { params: HostParams, querystring: TryQuery } },
    async (request, reply) => {
      const { berth, visit } = await openVisit(api, request, reply)
      const path = request.params
      const { scale, ...tried } = request.query
      const { data: host } = await berth.GET('/v1/hosts/{hostId}', { params: { path } })
      const [entries, placement, svg] = await Promise.all([
        entriesFor(berth, host!.arch),
        berth.GET('/v1/hosts/{hostId}/placements/map', { params: { path, query: tried } }),
        berth.GET('/v1/hosts/{hostId}/placements/map', {
          params: { path, query: { ...tried, scale, embed: 'true' } },
          ...AS_SVG,
        }),
      ])
      return html(
        reply,
        tryPage(visit(), {
          host: host!,
          entries,
          tried,
          placement: asJson(placement.data),
          svg: svg.data!,
          scale,
        }),
      )
    },
  )
}
