import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { stripFacts, stripPicture, stripSvg, stripText, mapFacts, mapText } from '../../picture/index.ts'
import { planLoad, planText, type Pin } from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import { HostParams } from '../../wire/host.ts'
import { PlacementMap, PlacementMapQuery, Stability, StabilityQuery } from '../../wire/picture.ts'
import { access, answers, orPicture } from '../contract.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { memoryPicture, memorySvg, svgOptions, TEXT } from '../pictures/memory-picture.ts'
import { sendForm } from '../pictures/send-form.ts'
import { readRequest } from '../plans/make-plan.ts'
import { sha256 } from '../sha256.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import { bootName } from './diffs.ts'

const reader = access('viewer-or-host')

/** Pictures of what is stored nowhere: what a plan would look like, and what a host's boots have in common. */
export const pictures: FastifyPluginAsyncZod<Pick<Shell, 'store' | 'now'>> = async (app, { store, now }) => {
  app.get('/hosts/:hostId/placements/map', {
    config: reader.config,
    schema: {
      operationId: 'getPlacementMap',
      summary: 'Where a boot entry would be loaded, drawn; or every hole that was refused, and why',
      description: 'Nothing is stored. JSON, text/plain or image/svg+xml by Accept.',
      tags: ['plans'],
      security: reader.security,
      params: HostParams,
      querystring: PlacementMapQuery,
      response: answers('viewer-or-host', { 200: orPicture(PlacementMap) }, ['not-found', 'no-snapshot']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      const host = await hostOf(store, params.hostId)
      const bootEntry = await store.bootEntries.get(query.boot_entry)
      if (!bootEntry) throw notFound('boot entry')
      const { purpose, strategy, snapshot = null } = query
      const wanted = { bootEntry, purpose, strategy, snapshotId: snapshot }
      const { snapshotId, request: asked } = await readRequest(store, host, wanted)
      const row = await store.snapshots.withFiles(host.id, snapshotId)
      if (!row) throw notFound('snapshot of this host')
      // One draw a snapshot: the same question gets the same answer, and the same ETag.
      const made = planLoad({ ...asked, randomSeed: snapshotId }, sha256)
      const plan = made.ok ? made.value : null
      const failure = made.ok ? null : made.error
      const picture = await memoryPicture(store, host, row, { plan, failure, at: now() })
      const head = { host: host.id, snapshot: snapshotId, boot_entry: bootEntry.id }
      return sendForm(request, reply, {
        json: () => ({
          ...head,
          // As it goes into a stored plan: what is absent there is absent here.
          plan: plan && (JSON.parse(planText(plan)) as object),
          failure,
          facts: mapFacts(picture),
        }),
        text: () => mapText(picture, TEXT),
        svg: () => memorySvg(picture, query),
      }) as never
    },
  })

  app.get('/hosts/:hostId/stability', {
    config: reader.config,
    schema: {
      operationId: 'getStability',
      summary: "A host's last boots side by side: what is free in all of them, and whether pins were",
      description: 'JSON, text/plain or image/svg+xml by Accept.',
      tags: ['snapshots'],
      security: reader.security,
      params: HostParams,
      querystring: StabilityQuery,
      response: answers('viewer-or-host', { 200: orPicture(Stability) }, ['not-found', 'no-snapshot']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      const host = await hostOf(store, params.hostId)
      const { ids, boots } = await lastBoots(store, host.id, query.boots)
      const pins = (await store.pins.of(host.id)) as readonly Pin[]
      const picture = stripPicture({ boots, title: `${host.hostname}, last boots`, pins })
      return sendForm(request, reply, {
        json: () => ({ host: host.id, snapshots: ids, ...stripFacts(picture) }),
        text: () => stripText(picture, TEXT),
        svg: () => stripSvg(picture, { ...svgOptions(query), prefix: 'boots-' }),
      }) as never
    },
  })
}

async function hostOf(rows: Rows, id: string): Promise<Host> {
  const host = await rows.hosts.get(id)
  if (!host) throw notFound('host')
  return host
}

/** A column has room for month, day and time. */
const YEAR = '2026-'.length

async function lastBoots(rows: Rows, hostId: string, most: number) {
  const last = await rows.snapshots.lastOfBoots(hostId, most)
  if (last.length === 0) {
    throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
  }
  const boots = []
  for (const { id } of last) {
    const row = await rows.snapshots.withFiles(hostId, id)
    if (row) boots.push({ id, name: bootName(row).slice(YEAR), snapshot: await storedSnapshot(rows, row) })
  }
  return { ids: boots.map(({ id }) => id), boots }
}
