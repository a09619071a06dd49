import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import {
  commandLines,
  kexecCommand,
  renderFirmwarePlan,
  renderPlan,
  type FirmwarePlan,
  type PlanBody,
} from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Plan as PlanRow } from '../../store/plans.ts'
import { HostParams } from '../../wire/host.ts'
import { OrderedQuery } from '../../wire/page.ts'
import { Plan, PlanPage, PlanParams, PlanPreview, PlanQuery, PlanRequest } from '../../wire/plan.ts'
import { PictureQuery } from '../../wire/picture.ts'
import { mustReach } from '../actor.ts'
import {
  access,
  answers,
  ASSIGN_CODES,
  BODY_CODES,
  orPicture,
  PLANNER_CODES,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound } from '../failure.ts'
import { computePlan, makePlan, readRequest, type Wanted } from '../plans/make-plan.ts'
import { readPage, toPage } from '../page.ts'
import { factsOf } from '../plans/plan-grounds.ts'
import { assign } from '../plans/plan-life.ts'
import { memorySvg } from '../pictures/memory-picture.ts'
import { planPicture } from '../pictures/plan-picture.ts'
import { sendForm } from '../pictures/send-form.ts'
import { planJson, withBody } from '../present.ts'
import { sha256 } from '../sha256.ts'
import type { Shell } from '../shell.ts'
import { FILES } from './placements.ts'
import { sendJson, type Answer } from '../write.ts'

const tags = ['plans']
const reader = access('viewer-or-host')
const operator = access('operator')

/** Plans: computed once from a stored snapshot, then never changed. */
export const plans: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, now, write } = shell

  app.post('/hosts/:hostId/plans', {
    config: operator.config,
    schema: {
      operationId: 'createPlan',
      summary: 'Compute where the next kernel will be loaded',
      tags,
      security: operator.security,
      params: HostParams,
      headers: WriteHeaders,
      querystring: PlanQuery,
      body: PlanRequest,
      response: answers('operator', { 200: PlanPreview, 201: Plan }, [
        'not-found',
        'no-snapshot',
        'snapshot-too-old',
        ...ASSIGN_CODES,
        ...PLANNER_CODES,
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) => {
      const { params, query, body } = request
      if (query.dry_run === 'true') return sendJson(reply, await preview(store, params.hostId, body, now()))
      return write(request, reply, async (writing) => {
        const { host, wanted } = await read(writing.rows, params.hostId, body, writing.at)
        const plan = await makePlan(writing, host, wanted)
        if (body.assign) await assign(writing, plan)
        const text = planJson(plan)
        return { status: 201, body: text, headers: { location: `/v1/plans/${plan.id}`, etag: etagOf(text) } }
      })
    },
  })

  app.get('/hosts/:hostId/plans', {
    config: reader.config,
    schema: {
      operationId: 'listPlans',
      summary: "A host's plans",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: OrderedQuery,
      response: answers('viewer-or-host', { 200: PlanPage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      if (!(await store.hosts.get(params.hostId))) throw notFound('host')
      const rows = await store.plans.list(params.hostId, readPage(request, query))
      const { items, next_cursor } = toPage(request, reply, { rows, query, present: planJson })
      const body = `{"items":[${items.join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`
      return sendJson(reply, { status: 200, body })
    },
  })

  app.get('/plans/:planId', {
    config: reader.config,
    schema: {
      operationId: 'getPlan',
      summary: 'One plan; `body` is byte-equal to what `berth plan --json` prints from the same files',
      description:
        'JSON, text/plain (for people) or image/svg+xml by Accept. Offline, `--capture` takes the files of its snapshot, `--policy` its `inputs.policy` with the seed, `--pins` the pins of before, `--booted` the plan that booted the kernel of its snapshot, and `--history` the remembered boots, newest first, as DIR=PLAN.json where a plan booted one.',
      tags,
      security: reader.security,
      params: PlanParams,
      querystring: PictureQuery,
      response: answers('viewer-or-host', { 200: orPicture(Plan) }, ['not-found']),
    },
    handler: async (request, reply) => {
      const plan = await store.plans.get(request.params.planId)
      if (!plan) throw notFound('plan')
      mustReach(request, plan.hostId, 'plan')
      return sendForm(request, reply, {
        json: () => planJson(plan),
        text: () => planPage(store, plan),
        svg: async () => memorySvg(await planPicture(store, plan, now()), request.query),
      }) as never
    },
  })
}

/** The plan for people, and the command with which kexec-tools would come closest to it. */
async function planPage(rows: Rows, plan: PlanRow): Promise<string> {
  const body = JSON.parse(plan.body) as PlanBody | FirmwarePlan
  if (body.strategy === 'firmware') return renderFirmwarePlan(body)
  const host = await rows.hosts.get(plan.hostId)
  const bootEntry = await rows.bootEntries.get(plan.bootEntryId)
  if (!host || !bootEntry) return renderPlan(body)
  const { purpose, strategy } = body
  const wanted: Wanted = { bootEntry, purpose, strategy, snapshotId: plan.snapshotId }
  const { request } = await readRequest(rows, host, wanted)
  return `${renderPlan(body)}\n${commandLines(kexecCommand(request, body, FILES, sha256)).join('\n')}\n`
}

async function preview(
  rows: Rows,
  hostId: string,
  body: z.infer<typeof PlanRequest>,
  at: Date,
): Promise<Answer> {
  const { host, wanted } = await read(rows, hostId, body, at)
  const { snapshotId, digest, text } = await computePlan(rows, host, { ...wanted, at })
  const head = { host: hostId, snapshot: snapshotId, boot_entry: wanted.bootEntry.id, digest }
  return { status: 200, body: withBody(head, text) }
}

async function read(rows: Rows, hostId: string, body: z.infer<typeof PlanRequest>, at: Date) {
  const { boot_entry, purpose, strategy, snapshot = null, facts, exceptions = [], on_broken } = body
  const host = await rows.hosts.get(hostId)
  if (!host) throw notFound('host')
  const bootEntry = await rows.bootEntries.get(boot_entry)
  if (!bootEntry) throw notFound('boot entry')
  const asked = { facts: factsOf(facts), exceptions, at, onBroken: on_broken }
  const wanted: Wanted = { bootEntry, purpose, strategy, snapshotId: snapshot, asked }
  return { host, wanted }
}
