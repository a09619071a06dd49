import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { snapshotPage } from '../../web/snapshot.tsx'
import { SnapshotParams } from '../../wire/snapshot.ts'
import { download } from './download.ts'
import { AS_SVG, asJson } from './forms.ts'
import { Scaled } from './host.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const MAP = '/v1/hosts/{hostId}/snapshots/{snapshotId}/map'

export const snapshotPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  const schema = { params: SnapshotParams, querystring: Scaled }

  web.get('/hosts/:hostId/snapshots/:snapshotId', { schema }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const path = request.params
    const { scale } = request.query
    const [host, snapshot, map, svg] = await Promise.all([
      berth.GET('/v1/hosts/{hostId}', { params: { path: { hostId: path.hostId } } }),
      berth.GET('/v1/hosts/{hostId}/snapshots/{snapshotId}', { params: { path } }),
      berth.GET(MAP, { params: { path } }),
      berth.GET(MAP, { params: { path, query: { scale, embed: 'true' } }, ...AS_SVG }),
    ])
    return html(
      reply,
      snapshotPage(visit(), {
        host: host.data!,
        snapshot: snapshot.data!,
        facts: asJson(map.data).facts,
        svg: svg.data!,
        scale,
      }),
    )
  })

  for (const [file, accept] of [
    ['map.svg', 'image/svg+xml'],
    ['map.json', 'application/json'],
    ['map.txt', 'text/plain'],
  ] as const) {
    web.get(`/hosts/:hostId/snapshots/:snapshotId/${file}`, { schema }, async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { params: path, query } = request
      const asked = { params: { path, query }, headers: { accept }, parseAs: 'text' } as const
      return download(reply, `${path.snapshotId}-${file}`, await berth.GET(MAP, asked))
    })
  }
}
