import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { GroupName } from '../../wire/host.ts'
import { PauseScope } from '../../wire/pause.ts'
import { COMMANDS, RolloutParams } from '../../wire/rollout.ts'
import { HostId, Reason } from '../../wire/scalars.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const WithReason = z.object({ reason: Reason })
const Pausing = z.union([
  WithReason.extend({ group: GroupName }).transform(({ group, reason }) => ({
    scope: `group:${group}` as const,
    reason,
  })),
  WithReason.extend({ scope: PauseScope }),
])

/** What the forms of rollouts and pauses do: each is one write of the API, then the page again. */
export const rolloutActions: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  for (const name of COMMANDS) {
    web.post(
      `/rollouts/:rolloutId/${name}`,
      { schema: { params: RolloutParams, body: WithReason } },
      async (request, reply) => {
        const { berth } = await openVisit(api, request, reply)
        const { reason } = request.body
        await berth.POST(`/v1/rollouts/{rolloutId}/${name}`, {
          params: { path: request.params },
          body: { reason },
        })
        return reply.redirect(`/rollouts/${request.params.rolloutId}`, 303)
      },
    )
  }

  web.post(
    '/rollouts/:rolloutId/skip-host',
    { schema: { params: RolloutParams, body: WithReason.extend({ host: HostId }) } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { host, reason } = request.body
      await berth.POST('/v1/rollouts/{rolloutId}/skip-host', {
        params: { path: request.params },
        body: { host, reason },
      })
      return reply.redirect(`/rollouts/${request.params.rolloutId}`, 303)
    },
  )

  web.post('/pauses', { schema: { body: Pausing } }, async (request, reply) => {
    const { berth } = await openVisit(api, request, reply)
    const { scope, reason } = request.body
    await berth.PUT('/v1/pauses/{pausedScope}', {
      params: { path: { pausedScope: scope } },
      body: { reason, until: null },
    })
    return reply.redirect('/rollouts', 303)
  })

  web.post(
    '/pauses/end',
    { schema: { body: WithReason.extend({ scope: PauseScope }) } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { scope, reason } = request.body
      // Whoever ends it has read that it is there; what was said of it meanwhile is no reason to keep it.
      const params = { path: { pausedScope: scope }, query: { reason }, header: { 'if-match': '*' } }
      await berth.DELETE('/v1/pauses/{pausedScope}', { params })
      return reply.redirect('/rollouts', 303)
    },
  )
}
