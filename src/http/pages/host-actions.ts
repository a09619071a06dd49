import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { HostParams } from '../../wire/host.ts'
import { PinParams } from '../../wire/pin.ts'
import { Purpose, StrategyName } from '../../wire/names.ts'
import { PlanParams } from '../../wire/plan.ts'
import { BootEntryId, Reason } from '../../wire/scalars.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

/** An operator's word stands whatever else has changed at a host in the meantime. */
const WHATEVER = { 'if-match': '*' } as const

/** The token is looked for after the body was read. */
const Form = z.object({ _csrf: z.string() })
const WithReason = Form.extend({ reason: Reason })
const PinChange = WithReason.extend({ etag: z.string().max(200) })
const NewPlan = Form.extend({ boot_entry: BootEntryId, purpose: Purpose, strategy: StrategyName })

/** What the forms of host and plan do: each is one write of the API, then the page again. */
export const hostActions: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.post(
    '/hosts/:hostId/opt-out',
    { schema: { params: HostParams, body: WithReason } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { reason } = request.body
      const params = { path: request.params, header: WHATEVER }
      await berth.PATCH('/v1/hosts/{hostId}', { params, body: { opt_out: { reason } } })
      return reply.redirect(`/hosts/${request.params.hostId}`, 303)
    },
  )

  web.post('/hosts/:hostId/opt-in', { schema: { params: HostParams } }, async (request, reply) => {
    const { berth } = await openVisit(api, request, reply)
    const params = { path: request.params, header: WHATEVER }
    await berth.PATCH('/v1/hosts/{hostId}', { params, body: { opt_out: null } })
    return reply.redirect(`/hosts/${request.params.hostId}`, 303)
  })

  web.post(
    '/hosts/:hostId/release',
    { schema: { params: HostParams, body: WithReason } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { reason } = request.body
      await berth.POST('/v1/hosts/{hostId}/release', { params: { path: request.params }, body: { reason } })
      return reply.redirect(`/hosts/${request.params.hostId}`, 303)
    },
  )

  web.post(
    '/hosts/:hostId/plans',
    { schema: { params: HostParams, body: NewPlan } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { boot_entry, purpose, strategy } = request.body
      const { data: plan } = await berth.POST('/v1/hosts/{hostId}/plans', {
        params: { path: request.params },
        body: { boot_entry, purpose, strategy, assign: false },
      })
      return reply.redirect(
        plan && 'id' in plan ? `/plans/${plan.id}` : `/hosts/${request.params.hostId}`,
        303,
      )
    },
  )

  web.post('/plans/:planId/assign', { schema: { params: PlanParams } }, async (request, reply) => {
    const { berth } = await openVisit(api, request, reply)
    await berth.POST('/v1/plans/{planId}/assign', { params: { path: request.params }, body: {} })
    return reply.redirect(`/plans/${request.params.planId}`, 303)
  })

  web.post(
    '/hosts/:hostId/pins/:purpose/:segment/loosen',
    { schema: { params: PinParams, body: PinChange } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { reason, etag } = request.body
      const params = { path: request.params, header: { 'if-match': etag } }
      await berth.POST('/v1/hosts/{hostId}/pins/{purpose}/{segment}/loosen', { params, body: { reason } })
      return reply.redirect(`/hosts/${request.params.hostId}#pins`, 303)
    },
  )

  web.post(
    '/hosts/:hostId/pins/:purpose/:segment/forget',
    { schema: { params: PinParams, body: PinChange } },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { reason, etag } = request.body
      const params = { path: request.params, header: { 'if-match': etag }, query: { reason } }
      await berth.DELETE('/v1/hosts/{hostId}/pins/{purpose}/{segment}', { params })
      return reply.redirect(`/hosts/${request.params.hostId}#pins`, 303)
    },
  )
}
