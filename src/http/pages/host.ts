import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Berth } from '../../client/index.ts'
import { SCALES } from '../../picture/index.ts'
import { hostPage } from '../../web/host.tsx'
import { HostParams } from '../../wire/host.ts'
import { AS_SVG } from './forms.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

/** How many of each list a page shows. */
const SHOWN = { plans: 10, snapshots: 10, events: 30, entries: 50 } as const

export const PageScale = z.enum(SCALES).default('ordinal').catch('ordinal')
export const Scaled = z.object({ scale: PageScale })

export const hostPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get(
    '/hosts/:hostId',
    { schema: { params: HostParams, querystring: Scaled } },
    async (request, reply) => {
      const { berth, visit } = await openVisit(api, request, reply)
      const { scale } = request.query
      const path = { hostId: request.params.hostId }
      const newest = (limit: number) => ({ path, query: { order: 'newest' as const, limit } })
      const { data: host } = await berth.GET('/v1/hosts/{hostId}', { params: { path } })
      const [explanation, pins, plans, states, snapshots, timeline, entries] = await Promise.all([
        berth.GET('/v1/hosts/{hostId}/explain', { params: { path } }),
        berth.GET('/v1/hosts/{hostId}/pins', { params: { path } }),
        berth.GET('/v1/hosts/{hostId}/plans', { params: newest(SHOWN.plans) }),
        berth.GET('/v1/hosts/{hostId}/plan-states', { params: newest(SHOWN.plans) }),
        berth.GET('/v1/hosts/{hostId}/snapshots', { params: newest(SHOWN.snapshots) }),
        berth.GET('/v1/hosts/{hostId}/timeline', { params: newest(SHOWN.events) }),
        entriesFor(berth, host!.arch),
      ])
      const hasSnapshot = snapshots.data!.items.length > 0
      return html(
        reply,
        hostPage(visit(), {
          host: host!,
          explanation: explanation.data!,
          pins: pins.data!,
          pinsEtag: pins.response.headers.get('etag') ?? '*',
          plans: plans.data!.items,
          states: states.data!.items,
          snapshots: snapshots.data!.items,
          timeline: timeline.data!.items,
          entries,
          scale,
          seen: hasSnapshot ? await seenOf(berth, path.hostId, scale) : null,
        }),
      )
    },
  )
}

/** What can be tried on a host of this architecture, the newest first. */
export async function entriesFor(berth: Berth, architecture: 'arm64' | 'x86_64') {
  const { data } = await berth.GET('/v1/boot-entries', {
    params: { query: { architecture, order: 'newest', limit: SHOWN.entries } },
  })
  return data!.items
}

/** The strip stands beside the map. */
const STRIP_WIDTH = 460

/** What was made last need not be what was seen last: drift tells which one counts. */
async function seenOf(berth: Berth, hostId: string, scale: (typeof SCALES)[number]) {
  const { data: drift } = await berth.GET('/v1/hosts/{hostId}/pins/drift', { params: { path: { hostId } } })
  const { snapshot } = drift!
  const query = { scale, embed: 'true' } as const
  const [newest, map, strip] = await Promise.all([
    berth.GET('/v1/hosts/{hostId}/snapshots/{snapshotId}', {
      params: { path: { hostId, snapshotId: snapshot } },
    }),
    berth.GET('/v1/hosts/{hostId}/snapshots/{snapshotId}/map', {
      params: { path: { hostId, snapshotId: snapshot }, query },
      ...AS_SVG,
    }),
    berth.GET('/v1/hosts/{hostId}/stability', {
      params: { path: { hostId }, query: { ...query, width: STRIP_WIDTH } },
      ...AS_SVG,
    }),
  ])
  return { newest: newest.data!, map: map.data!, strip: strip.data!, drift: drift! }
}
