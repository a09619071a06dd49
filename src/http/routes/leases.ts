import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { expiryOf, isLive } from '../../rollout/lease.ts'
import type { Lease as LeaseRow } from '../../store/leases.ts'
import type { Rows } from '../../store/open-store.ts'
import {
  Lease,
  LeasePage,
  LeaseParams,
  LeasePool,
  LeasePoolPage,
  LeasePoolParams,
  LeaseQuery,
  LeaseRelease,
  NewLeasePool,
} from '../../wire/lease.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import { atOneMoment } from '../at-one-moment.ts'
import { access, answers, BODY_CODES, MatchHeaders, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { coreLease, forceRelease, readPool } from '../rollouts/lease-life.ts'
import { readPage, toPage } from '../page.ts'
import type { Shell } from '../shell.ts'

const tags = ['leases']
const viewer = access('viewer')
const operator = access('operator')

/** Leases: who may be away, since when and until when; rollouts and FleetLock share them. */
export const leases: FastifyPluginAsyncZod<Shell> = async (app, { store, now, write }) => {
  app.get('/leases', {
    config: viewer.config,
    schema: {
      operationId: 'listLeases',
      summary: 'Who holds a lease; by pool or holder',
      description: 'A lease whose term has ended is not shown, whether or not anybody has swept it up yet.',
      tags,
      security: viewer.security,
      querystring: LeaseQuery,
      response: answers('viewer', { 200: LeasePage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const { pool, holder = query.host } = query
      const filter = { ...(pool === undefined ? {} : { pool }), ...(holder === undefined ? {} : { holder }) }
      const rows = await store.leases.list(readPage(request, query), filter)
      const { items, next_cursor } = toPage(request, reply, { rows, query, present: (row) => row })
      const shown = await Promise.all(items.map((row) => present(store, row, now())))
      return { items: shown.filter((lease) => lease !== null), next_cursor }
    },
  })

  app.post('/leases/:leaseId/release', {
    config: operator.config,
    schema: {
      operationId: 'releaseLease',
      summary: 'Take a lease away by force, with a reason; who holds it may not start any more',
      tags,
      security: operator.security,
      params: LeaseParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: LeaseRelease,
      response: answers('operator', { 200: Lease }, ['not-found', ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const row = await writing.rows.leases.get(request.params.leaseId)
        const lease = row && (await present(writing.rows, row, writing.at))
        if (!row || !lease) throw notFound('lease')
        await forceRelease(writing, row, request.body.reason)
        return { status: 200, body: JSON.stringify(lease) }
      }),
  })

  app.get('/lease-pools', {
    config: viewer.config,
    schema: {
      operationId: 'listLeasePools',
      summary: 'Pools of leases that somebody has set or used',
      tags,
      security: viewer.security,
      querystring: PageQuery,
      response: answers('viewer', { 200: LeasePoolPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const stored = await store.leases.pools(readPage(request, query))
      const rows = stored.map((row) => ({ ...row, id: row.name }))
      const page = toPage(request, reply, { rows, query, present: (row) => row.name })
      const items: LeasePool[] = []
      for (const name of page.items) items.push(await poolNow(store, name, now()))
      return { ...page, items }
    },
  })

  app.get('/lease-pools/:pool', {
    config: viewer.config,
    schema: {
      operationId: 'getLeasePool',
      summary: 'One pool: its slots, their term, how many are held',
      tags,
      security: viewer.security,
      params: LeasePoolParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: LeasePool }, ['not-found']),
    },
    handler: async ({ params }) => {
      const at = now()
      return atOneMoment(() => poolNow(store, params.pool, at))
    },
  })

  app.put('/lease-pools/:pool', {
    config: operator.config,
    schema: {
      operationId: 'setLeasePool',
      summary:
        'Say how many hosts may be away at once and for how long; leases that are held are judged by it too',
      tags,
      security: operator.security,
      params: LeasePoolParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewLeasePool,
      response: answers('operator', { 200: LeasePool, 201: LeasePool }, [
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { pool: name } = request.params
        const { slots, ttl_seconds, reason } = request.body
        const before = await rows.leases.pool(name)
        if (before) requireMatch(request, JSON.stringify(await poolNow(rows, name, at)))
        else if (request.headers['if-match'] !== undefined)
          throw new RequestFailed({
            code: 'precondition-failed',
            detail: 'there is none yet that could match',
          })
        await rows.leases.setPool({
          ...{ name, slots, ttlMs: ttl_seconds * 1000, reason, setAt: at, setBy: actor },
          lastFence: before?.lastFence ?? 0,
          generation: (before?.generation ?? 0) + 1,
        })
        await rows.rollouts.touchStarted()
        await audit('lease-pool.set', name, { slots, ttl_seconds, reason })
        const body = JSON.stringify(await poolNow(rows, name, at))
        return { status: before ? 200 : 201, body, headers: { etag: etagOf(body) } }
      }),
  })
}

async function poolNow(rows: Rows, name: string, at: Date): Promise<LeasePool> {
  const row = await rows.leases.pool(name)
  if (!row) throw notFound('pool')
  const { policy, leases: all } = await readPool(rows, name)
  const { slots, ttlMs, lastFence, generation, reason, setAt, setBy } = row
  return {
    ...{ name, slots, ttl_seconds: ttlMs / 1000, last_fence: lastFence, generation, reason },
    held: all.filter((lease) => isLive(lease, policy, at.getTime())).length,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}

/** Null for one whose term has ended. */
async function present(rows: Rows, row: LeaseRow, at: Date): Promise<Lease | null> {
  const { policy } = await readPool(rows, row.pool)
  const lease = coreLease(row)
  if (!isLive(lease, policy, at.getTime())) return null
  return {
    ...{ id: row.id, pool: row.pool, fence: row.fence, holder: row.holder, rollout: row.rolloutId },
    since: row.grantedAt.toISOString(),
    renewed_at: row.renewedAt.toISOString(),
    until: new Date(expiryOf(lease, policy)).toISOString(),
  }
}
