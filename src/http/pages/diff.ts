import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { diffPage } from '../../web/diff.tsx'
import { HostParams } from '../../wire/host.ts'
import { SnapshotId } from '../../wire/scalars.ts'
import { AS_SVG, asJson } from './forms.ts'
import { PageScale } from './host.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const Pair = z.object({ from: SnapshotId.optional(), to: SnapshotId.optional(), scale: PageScale })
/** As many as a list to choose from can hold. */
const CHOICES = 50

export const diffPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get(
    '/hosts/:hostId/diff',
    { schema: { params: HostParams, querystring: Pair } },
    async (request, reply) => {
      const { berth, visit } = await openVisit(api, request, reply)
      const path = request.params
      const { scale, ...pair } = request.query
      const { data } = await berth.GET('/v1/hosts/{hostId}/snapshots/diff', {
        params: { path, query: pair },
      })
      const diff = asJson(data)
      const { from, to } = diff
      const [host, drift, snapshots, svg] = await Promise.all([
        berth.GET('/v1/hosts/{hostId}', { params: { path } }),
        berth.GET('/v1/hosts/{hostId}/pins/drift', { params: { path, query: { snapshot: to } } }),
        berth.GET('/v1/hosts/{hostId}/snapshots', {
          params: { path, query: { order: 'newest', limit: CHOICES } },
        }),
        berth.GET('/v1/hosts/{hostId}/snapshots/diff', {
          params: { path, query: { from, to, scale, embed: 'true' } },
          ...AS_SVG,
        }),
      ])
      return html(
        reply,
        diffPage(visit(), {
          host: host.data!,
          diff,
          drift: drift.data!,
          snapshots: snapshots.data!.items,
          svg: svg.data!,
          scale,
        }),
      )
    },
  )
}
