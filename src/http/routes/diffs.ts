import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { exceptedRanges, type GrantedException } from '../../planner/plan/grant.ts'
import { diffBoots, diffText, driftOf, memoryMap, type Pin, type PlanBody } from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { DiffQuery, PinDriftList, SnapshotDiff, wireDiff, wireDrift } from '../../wire/diff.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers, orText } from '../contract.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { effectivePolicy } from '../pins/pin-policy.ts'
import { bootedSegments, rememberedGrounds } from '../plans/plan-grounds.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot } from '../snapshots/take-snapshot.ts'
import { wantsText } from './snapshots.ts'

const reader = access('viewer-or-host')

/** Diffs: what changed from one boot of a host to another, and what it does to the pins. */
export const diffs: FastifyPluginAsyncZod<Pick<Shell, 'store' | 'now'>> = async (app, { store, now }) => {
  app.get('/hosts/:hostId/snapshots/diff', {
    config: reader.config,
    schema: {
      operationId: 'getSnapshotDiff',
      summary: 'What differs between the memory of two boots of a host',
      description: 'JSON, or text/plain by Accept.',
      tags: ['snapshots'],
      security: reader.security,
      params: HostParams,
      querystring: DiffQuery,
      response: answers('viewer-or-host', { 200: orText(SnapshotDiff) }, ['not-found', 'no-snapshot']),
    },
    handler: async ({ params: { hostId }, query, headers }, reply) => {
      if (!(await store.hosts.get(hostId))) throw notFound('host')
      const to = query.to ? await snapshotOf(store, hostId, query.to) : await newestOf(store, hostId)
      const from = query.from
        ? await snapshotOf(store, hostId, query.from)
        : ((await store.snapshots.newestBefore(to)) ?? to)
      const diff = diffBoots(await storedSnapshot(from), await storedSnapshot(to))
      reply.header('vary', 'accept')
      if (wantsText(headers.accept)) {
        return reply.type('text/plain; charset=utf-8').send(diffText(diff) as never)
      }
      return { host: hostId, from: from.id, to: to.id, ...wireDiff(diff) }
    },
  })

  app.get('/hosts/:hostId/pins/drift', {
    config: reader.config,
    schema: {
      operationId: 'getPinDrift',
      summary: "Whether a host's pins still hold in its newest snapshot, and what breaks them",
      tags: ['pins'],
      security: reader.security,
      params: HostParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: PinDriftList }, ['not-found', 'no-snapshot']),
    },
    handler: async ({ params: { hostId } }) => {
      const host = await store.hosts.get(hostId)
      if (!host) throw notFound('host')
      const row = await newestOf(store, hostId)
      const snapshot = await storedSnapshot(row)
      const pins = (await store.pins.of(hostId)) as readonly Pin[]
      const own = await bootedSegments(store, row.bootedPlanId)
      const boots = (await effectivePolicy(store, host)).remember_boots.value
      const grounds = (await rememberedGrounds(store, row, { snapshot, boots })).map((boot) => boot.strict)
      const plans = await pinningPlans(store, hostId)
      const map = memoryMap(snapshot)
      const excepted = exceptedRanges(map, lastingExceptions(plans, now()))
      const drift = driftOf(pins, segmentSizes(plans), map, own, grounds, excepted)
      return { host: hostId, snapshot: row.id, boots: grounds.length, items: drift.map(wireDrift) }
    },
  })
}

async function newestOf(rows: Rows, hostId: string): Promise<SnapshotRow> {
  const row = await rows.snapshots.newest(hostId)
  if (!row) throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
  return row
}

async function snapshotOf(rows: Rows, hostId: string, id: string): Promise<SnapshotRow> {
  const row = await rows.snapshots.withFiles(hostId, id)
  if (!row) throw notFound('snapshot of this host')
  return row
}

/** What each segment filled when it was last planned, by purpose and kind. */
export async function sizesOf(rows: Rows, hostId: string): Promise<ReadonlyMap<string, number>> {
  return segmentSizes(await pinningPlans(rows, hostId))
}

/** The plans that left the host's pins behind. */
async function pinningPlans(rows: Rows, hostId: string): Promise<PlanBody[]> {
  return (await rows.plans.newestPinned(hostId)).map(({ body }) => JSON.parse(body) as PlanBody)
}

/** Those that put pins where they lie, and would let them lie there again; a crash kernel's needs none. */
function lastingExceptions(plans: readonly PlanBody[], at: Date): GrantedException[] {
  return plans
    .filter(({ purpose }) => purpose === 'reboot')
    .flatMap(({ exceptions = [] }) => exceptions)
    .filter(({ expires_at }) => new Date(expires_at) > at)
    .map((exception) => ({ exception, evidence: exception.evidence }))
}

function segmentSizes(plans: readonly PlanBody[]): ReadonlyMap<string, number> {
  return new Map(
    plans.flatMap(({ purpose, segments }) =>
      segments.map(({ kind, memsz }): [string, number] => [`${purpose} ${kind}`, memsz]),
    ),
  )
}
