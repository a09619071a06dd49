import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { FleetlockCredential } from '../../store/fleetlock.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import { Fleetlock, FleetlockGroupParams, NewFleetlock } from '../../wire/fleetlock.ts'
import { NoQuery } from '../../wire/page.ts'
import { ForgetQuery } from '../../wire/pin.ts'
import { atOneMoment } from '../at-one-moment.ts'
import { mintBearer } from '../bearer.ts'
import { access, answers, BODY_CODES, MatchHeaders, NoContent } from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPool } from '../rollouts/lease-life.ts'
import type { Shell } from '../shell.ts'

const tags = ['fleetlock']
const viewer = access('viewer')
const operator = access('operator')

/** Which groups FleetLock clients may lock, and under which base URL; without one there is no FleetLock. */
export const fleetlockGroups: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/groups/:group/fleetlock', {
    config: viewer.config,
    schema: {
      operationId: 'getFleetlock',
      summary: 'How FleetLock clients of a group are served; never its base URL',
      tags,
      security: viewer.security,
      params: FleetlockGroupParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: Fleetlock }, ['not-found']),
    },
    handler: async ({ params }) =>
      atOneMoment(async () => {
        const credential = await store.fleetlock.of(params.group)
        if (!credential) throw missing()
        return present(store, credential)
      }),
  })

  app.put('/groups/:group/fleetlock', {
    config: operator.config,
    schema: {
      operationId: 'setFleetlock',
      summary: 'Serve FleetLock clients of a group, with a reason',
      description:
        'The first one answers with the base URL, and so does one with `rotate`; it needs no If-Match, there is nothing yet that it could change. Slots and term are those of the pool of leases that bears the name of the group.',
      tags,
      security: operator.security,
      params: FleetlockGroupParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewFleetlock,
      response: answers('operator', { 200: Fleetlock, 201: Fleetlock }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { group } = request.params
        const { slots, ttl_seconds, enabled, rotate, reason } = request.body
        const before = await rows.fleetlock.of(group)
        if (!before && rotate) throw missing()
        if (before) requireMatch(request, JSON.stringify(await present(rows, before)))
        else if (request.headers['if-match'] !== undefined) throw nothingToMatch()
        const set = { reason, setAt: at, setBy: actor }
        const pool = await rows.leases.pool(group)
        await rows.leases.setPool({
          ...{ name: group, slots, ttlMs: ttl_seconds * 1000, ...set },
          lastFence: pool?.lastFence ?? 0,
          generation: (pool?.generation ?? 0) + 1,
        })
        await rows.rollouts.touchStarted()
        const minted = before && !rotate ? null : newSecret(at)
        const secret = minted?.kept ?? before
        if (!secret) throw missing()
        const { id, secretHash, secretSince } = secret
        const row = await rows.fleetlock.set({ group, id, secretHash, secretSince, enabled, ...set })
        await audit('fleetlock.set', group, { reason, enabled, slots, ttl_seconds, new_base_url: !!minted })
        const now = await present(rows, row)
        const base_url = minted && `${request.protocol}://${request.host}/fleetlock/${minted.shown}/`
        return {
          status: before ? 200 : 201,
          body: JSON.stringify(base_url === null ? now : { ...now, base_url }),
          headers: { etag: etagOf(JSON.stringify(now)) },
        }
      }),
  })

  app.delete('/groups/:group/fleetlock', {
    config: operator.config,
    schema: {
      operationId: 'forgetFleetlock',
      summary: 'Serve FleetLock clients of a group no more, with a reason; its base URL ends at once',
      description:
        'The pool of leases stays, and what is held in it until its term ends or it is taken away.',
      tags,
      security: operator.security,
      params: FleetlockGroupParams,
      headers: MatchHeaders,
      querystring: ForgetQuery,
      response: answers('operator', { 204: NoContent }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { group } = request.params
        const credential = await rows.fleetlock.of(group)
        if (!credential) throw missing()
        requireMatch(request, JSON.stringify(await present(rows, credential)))
        await rows.fleetlock.forget(group)
        await audit('fleetlock.forget', group, { reason: request.query.reason })
        return { status: 204, body: '' }
      }),
  })
}

/** A bearer like any other, so that it is known for a secret wherever it turns up; only its hash is kept. */
function newSecret(at: Date) {
  const id = newId('flk', at)
  const { shown, hash } = mintBearer('fleetlock', id)
  return { shown, kept: { id, secretHash: hash, secretSince: at } }
}

async function present(rows: Rows, credential: FleetlockCredential): Promise<Fleetlock> {
  const { group, enabled, secretSince, reason, setAt, setBy } = credential
  const { policy } = await readPool(rows, group)
  return {
    ...{ group, enabled, slots: policy.slots, ttl_seconds: policy.ttlMs / 1000 },
    base_url_since: secretSince.toISOString(),
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}

function missing(): RequestFailed {
  return notFound('FleetLock group')
}

function nothingToMatch(): RequestFailed {
  return new RequestFailed({ code: 'precondition-failed', detail: 'there is none yet that could match' })
}
