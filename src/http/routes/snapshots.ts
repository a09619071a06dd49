import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { mapFacts, mapText } from '../../picture/index.ts'
import { bookable, describable, memoryMap, type Snapshot as Boot } from '../../planner/index.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { wireRange } from '../../wire/diff.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery, OrderedQuery } from '../../wire/page.ts'
import { MapQuery } from '../../wire/picture.ts'
import {
  FindingList,
  NewSnapshot,
  NewSnapshotQuery,
  PostedSnapshot,
  Snapshot,
  SnapshotMap,
  SnapshotPage,
  SnapshotParams,
} from '../../wire/snapshot.ts'
import {
  access,
  answers,
  BODY_CODES,
  orPicture,
  PLANNER_CODES,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound } from '../failure.ts'
import { memoryPicture, memorySvg, TEXT } from '../pictures/memory-picture.ts'
import { placedBy } from '../pictures/plan-picture.ts'
import { sendForm } from '../pictures/send-form.ts'
import { multipartSnapshot } from '../snapshots/multipart-snapshot.ts'
import { readPage, toPage } from '../page.ts'
import { planOrRefusal } from '../plans/plan-or-refusal.ts'
import { planJson, presentSnapshot } from '../present.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import { postingOf, storeSnapshot, takeSnapshot } from '../snapshots/take-snapshot.ts'

const tags = ['snapshots']
const reader = access('viewer-or-host')
const poster = access('operator-or-host')

/** Snapshots: what a host knows of its memory in one boot. Stored once, read ever after. */
export const snapshots: FastifyPluginAsyncZod<Shell> = async (app, { store, now, write }) => {
  app.post('/hosts/:hostId/snapshots', {
    config: poster.config,
    preValidation: multipartSnapshot,
    schema: {
      operationId: 'createSnapshot',
      summary: "Post a boot's memory; the same content again answers 200 with the first one",
      description:
        'As multipart the parts have the names of the files, and `boot_id` or `boot-id`. Where the plan is refused, the snapshot is kept, and named in the problem.',
      tags,
      security: poster.security,
      consumes: ['application/json', 'multipart/form-data'],
      params: HostParams,
      headers: WriteHeaders,
      querystring: NewSnapshotQuery,
      body: NewSnapshot,
      response: answers('operator-or-host', { 200: PostedSnapshot, 201: PostedSnapshot }, [
        'bad-snapshot',
        'not-found',
        ...PLANNER_CODES,
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) => {
      const { params, query, body } = request
      const taken = await takeSnapshot(store, body)
      return write(request, reply, async (writing) => {
        const posting = await postingOf(writing.rows, { id: params.hostId }, taken)
        if (!posting) throw notFound('host')
        const { host } = posting
        const { row, isNew, seen } = await storeSnapshot(writing, posting, taken)
        let answer = JSON.stringify(presentSnapshot(row))
        if (query.plan !== undefined) {
          const bootEntry = await writing.rows.bootEntries.get(query.plan)
          if (!bootEntry) throw notFound('boot entry')
          const wanted = {
            bootEntry,
            purpose: 'reboot',
            strategy: 'pinned',
            snapshotId: row.id,
            seen,
          } as const
          const planned = await planOrRefusal(writing, host, wanted)
          // The boot that breaks a pin is the last one that may get lost.
          if ('refused' in planned) return { kept: { ...planned.refused, snapshot: row.id } }
          answer = `${answer.slice(0, -1)},"plan":${planJson(planned.plan)}}`
        }
        const location = `/v1/hosts/${host.id}/snapshots/${row.id}`
        return { status: isNew ? 201 : 200, body: answer, headers: { location, etag: etagOf(answer) } }
      })
    },
  })

  app.get('/hosts/:hostId/snapshots', {
    config: reader.config,
    schema: {
      operationId: 'listSnapshots',
      summary: "A host's snapshots",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: OrderedQuery,
      response: answers('viewer-or-host', { 200: SnapshotPage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      if (!(await store.hosts.get(params.hostId))) throw notFound('host')
      const rows = await store.snapshots.list(params.hostId, readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentSnapshot })
    },
  })

  app.get('/hosts/:hostId/snapshots/:snapshotId', {
    config: reader.config,
    schema: {
      operationId: 'getSnapshot',
      summary: 'One snapshot',
      tags,
      security: reader.security,
      params: SnapshotParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: Snapshot }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.snapshots.get(params.hostId, params.snapshotId)
      if (!row) throw notFound('snapshot of this host')
      return presentSnapshot(row)
    },
  })

  app.get('/hosts/:hostId/snapshots/:snapshotId/findings', {
    config: reader.config,
    schema: {
      operationId: 'getFindings',
      summary: 'Where the sources of one snapshot disagree',
      tags,
      security: reader.security,
      params: SnapshotParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: FindingList }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.snapshots.get(params.hostId, params.snapshotId)
      if (!row) throw notFound('snapshot of this host')
      return { items: presentSnapshot(row).findings }
    },
  })

  app.get('/hosts/:hostId/snapshots/:snapshotId/map', {
    config: reader.config,
    schema: {
      operationId: 'getMap',
      summary:
        "One snapshot's memory, source by source, with the host's pins; and as each reader may book it",
      description: 'JSON, text/plain or image/svg+xml by Accept.',
      tags,
      security: reader.security,
      params: SnapshotParams,
      querystring: MapQuery,
      response: answers('viewer-or-host', { 200: orPicture(SnapshotMap) }, ['not-found']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      const host = await store.hosts.get(params.hostId)
      const row = host && (await store.snapshots.withFiles(host.id, params.snapshotId))
      if (!row) throw notFound('snapshot of this host')
      const plan = query.plan === undefined ? null : await store.plans.get(query.plan)
      if (query.plan !== undefined && plan?.hostId !== host.id) throw notFound('plan of this host')
      const picture = await memoryPicture(store, host, row, { plan: plan && placedBy(plan), at: now() })
      return sendForm(request, reply, {
        json: async () => ({ ...viewsOf(row, await storedSnapshot(store, row)), facts: mapFacts(picture) }),
        text: () => mapText(picture, TEXT),
        svg: () => memorySvg(picture, query),
      }) as never
    },
  })
}

/** What each of its readers takes for free. */
function viewsOf({ id, memoryDigest }: SnapshotRow, boot: Boot): Omit<SnapshotMap, 'facts'> {
  const map = memoryMap(boot)
  return {
    snapshot: id,
    memory_digest: memoryDigest,
    bookable: {
      memblock: bookable(map, 'memblock').map(wireRange),
      resources: bookable(map, 'resources').map(wireRange),
      tools: bookable(map, 'tools').map(wireRange),
      strict: bookable(map, 'strict').map(wireRange),
    },
    describable: describable(map).map(wireRange),
  }
}
