import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { PlanState as PlanStateRow } from '../../store/plan-states.ts'
import { Assignment, AssignmentQuery } from '../../wire/agent.ts'
import { NoQuery } from '../../wire/page.ts'
import { PlanState, Report } from '../../wire/plan.ts'
import { askingHost } from '../actor.ts'
import { turnOf, type Looked } from '../rollouts/agent-turn.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { notFound } from '../failure.ts'
import { report } from '../plans/plan-life.ts'
import { presentBootEntry, presentPlanState } from '../present.ts'
import type { Shell } from '../shell.ts'
import { signedAssignment } from '../signing/sign-assignment.ts'
import { sendJson } from '../write.ts'

const tags = ['agent']
const { config, security } = access('host')

/** Every request ends so, one that was answered too: without a reason of its own an error would be made for each. */
const LEFT = 'whoever asked has left'

/** What an agent asks and says; its credential says for which host. */
export const agent: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, now, write, assignments, rollouts, signer } = shell

  app.get('/agent/assignment', {
    config,
    schema: {
      operationId: 'getAssignment',
      summary: 'The plan to apply; waits for one if asked to',
      tags,
      security,
      querystring: AssignmentQuery,
      response: answers('host', { 200: Assignment, 204: NoContent }),
    },
    handler: async (request, reply) => {
      const hostId = askingHost(request)
      const gone = new AbortController()
      request.raw.on('close', () => gone.abort(LEFT))
      const { clock } = assignments
      const until = clock.now() + request.query.wait * 1000
      const looked: Looked = new Map()
      for (;;) {
        const since = { changes: assignments.changes, gone: gone.signal }
        const body = (await assignedTo(hostId)) ?? (await grantedTo(request, hostId, looked))
        if (body !== null) return sendJson(reply, { status: 200, body })
        const left = until - clock.now()
        if (left <= 0 || assignments.closed || gone.signal.aborted) return reply.code(204).send(null)
        await assignments.wait(hostId, left, since)
      }
    },
  })

  app.post('/agent/reports', {
    config,
    schema: {
      operationId: 'createReport',
      summary: 'Say what the agent did with its plan; what came of it the next snapshot tells',
      tags,
      security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: Report,
      response: answers('host', { 200: PlanState }, [
        'not-found',
        'wrong-plan-state',
        'not-now',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const state = await writing.rows.planStates.get(request.body.plan)
        if (state?.hostId !== askingHost(request)) throw notFound('plan')
        const moved = await report(writing, state, request.body)
        return 'kept' in moved ? moved : { status: 200, body: JSON.stringify(presentPlanState(moved)) }
      }),
  })

  /** What an operator has assigned, whatever any rollout says. */
  async function assignedTo(hostId: string): Promise<string | null> {
    if (!(await rollouts.standing()).assigned.has(hostId)) return null
    const assigned = await store.planStates.of(hostId, ['assigned'])
    const state = assigned.find((s) => s.rolloutId === null)
    return state ? handedOut(state, {}) : null
  }

  async function grantedTo(request: FastifyRequest, hostId: string, looked: Looked): Promise<string | null> {
    const granted = await turnOf(shell, request, { hostId, looked })
    if (!granted) return null
    const { plan, until, mode } = granted
    const { rolloutId: rollout, fence, nonce } = plan
    const not_after = new Date(until).toISOString()
    return handedOut(plan, { rollout, fence, nonce, not_after, reboot_mode: mode })
  }

  async function handedOut(state: PlanStateRow, grant: object): Promise<string | null> {
    const plan = await store.plans.get(state.planId)
    const entry = plan && (await store.bootEntries.get(plan.bootEntryId))
    if (!plan || !entry) return null
    const rest = { ...grant, issued_at: now().toISOString(), post_boot: true }
    return signedAssignment(signer, { state, plan, bootEntry: presentBootEntry(entry), rest })
  }
}
