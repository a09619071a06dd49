import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { kernelRules } from '../../planner/index.ts'
import { readKernelRelease } from '../../planner/read/kernel-release.ts'
import type { Calibration as CalibrationRow } from '../../store/calibrations.ts'
import { Calibration, CalibrationParams, NewCalibration } from '../../wire/calibration.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers, BODY_CODES, MatchHeaders } from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import type { Shell } from '../shell.ts'

const tags = ['calibrations']
const viewer = access('viewer')
const operator = access('operator')

/** Calibrations: what trial loads have taught about a release; plans for the hosts of the group go by it. */
export const calibrations: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/groups/:group/calibrations/:arch/:release', {
    config: viewer.config,
    schema: {
      operationId: 'getCalibration',
      summary: 'What a trial load has taught about a release',
      tags,
      security: viewer.security,
      params: CalibrationParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: Calibration }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.calibrations.get(params)
      if (!row) throw notFound('calibration')
      return present(row)
    },
  })

  app.put('/groups/:group/calibrations/:arch/:release', {
    config: operator.config,
    schema: {
      operationId: 'setCalibration',
      summary: 'Keep what `berth calibrate` found, for every host of the group that runs this release',
      description: 'The first one needs no If-Match: there is nothing yet that it could change.',
      tags,
      security: operator.security,
      params: CalibrationParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewCalibration,
      response: answers('operator', { 200: Calibration, 201: Calibration }, [
        'not-found',
        'unknown-rules',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { params, body } = request
        const [member] = await rows.hosts.list({ after: null, limit: 1 }, { group: params.group })
        if (!member) throw notFound('group: no host belongs to it')
        const before = await rows.calibrations.get(params)
        if (before) requireMatch(request, JSON.stringify(present(before)))
        else if (request.headers['if-match'] !== undefined) throw nothingToMatch()
        mustBeKnown(params, body.rules)
        const { rules, facts, reason } = body
        const row = { ...params, rules, facts: JSON.stringify(facts), reason, setAt: at, setBy: actor }
        await rows.calibrations.set(row)
        const target = `${params.group}/${params.arch}/${params.release}`
        const was = before && { rules: before.rules, facts: JSON.parse(before.facts) as object }
        await audit('calibration.set', target, { rules, facts, reason, was })
        const text = JSON.stringify(present(row))
        return { status: before ? 200 : 201, body: text, headers: { etag: etagOf(text) } }
      }),
  })
}

function nothingToMatch(): RequestFailed {
  return new RequestFailed({ code: 'precondition-failed', detail: 'there is none yet that could match' })
}

function mustBeKnown({ arch, release }: { arch: 'arm64' | 'x86_64'; release: string }, id: string): void {
  const read = readKernelRelease(release)
  if (!read) throw new Error('the parameters were checked')
  const rules = kernelRules(arch, read, id)
  if (!rules.ok) throw new RequestFailed(rules.error)
}

function present(row: CalibrationRow): Calibration {
  const { group, arch, release, rules, facts, reason, setAt, setBy } = row
  return {
    group,
    arch: arch as Calibration['arch'],
    release,
    rules,
    facts: JSON.parse(facts) as Calibration['facts'],
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}
