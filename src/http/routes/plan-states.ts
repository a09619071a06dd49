import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { HostParams } from '../../wire/host.ts'
import { NoQuery, OrderedQuery } from '../../wire/page.ts'
import { PlanParams, PlanState, PlanStatePage } from '../../wire/plan.ts'
import { mustReach } from '../actor.ts'
import {
  access,
  answers,
  ASSIGN_CODES,
  BODY_CODES,
  EmptyBody,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { notFound } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { assign } from '../plans/plan-life.ts'
import { presentPlanState } from '../present.ts'
import { sweepHost } from '../rollouts/sweep-due.ts'
import type { Shell } from '../shell.ts'

const tags = ['plans']
const reader = access('viewer-or-host')
const operator = access('operator')

/** What becomes of plans: where they stand, and handing them out. */
export const planStates: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, write } = shell

  app.get('/hosts/:hostId/plan-states', {
    config: reader.config,
    schema: {
      operationId: 'listPlanStates',
      summary: "Where each of a host's plans stands",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: OrderedQuery,
      response: answers('viewer-or-host', { 200: PlanStatePage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      await sweepHost(shell, request, params.hostId)
      if (!(await store.hosts.get(params.hostId))) throw notFound('host')
      const states = await store.planStates.list(params.hostId, readPage(request, query))
      const rows = states.map((state) => ({ ...state, id: state.planId }))
      return toPage(request, reply, { rows, query, present: presentPlanState })
    },
  })

  app.get('/plans/:planId/state', {
    config: reader.config,
    schema: {
      operationId: 'getPlanState',
      summary: 'Where a plan stands, and the evidence',
      tags,
      security: reader.security,
      params: PlanParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: PlanState }, ['not-found']),
    },
    handler: async (request) => {
      const { planId } = request.params
      const known = await store.planStates.get(planId)
      if (!known) throw notFound('plan')
      mustReach(request, known.hostId, 'plan')
      await sweepHost(shell, request, known.hostId)
      return presentPlanState((await store.planStates.get(planId)) ?? known)
    },
  })

  app.post('/plans/:planId/assign', {
    config: operator.config,
    schema: {
      operationId: 'assignPlan',
      summary: "Hand a plan to its host's agent; what was handed out before is superseded",
      tags,
      security: operator.security,
      params: PlanParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: EmptyBody,
      response: answers('operator', { 200: PlanState }, [
        'not-found',
        ...ASSIGN_CODES,
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const plan = await writing.rows.plans.get(request.params.planId)
        if (!plan) throw notFound('plan')
        return { status: 200, body: JSON.stringify(presentPlanState(await assign(writing, plan))) }
      }),
  })
}
