import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { bookable, describable, hex, memoryMap, sizeOf, type Range, type View } from '../../planner/index.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { wireRange } from '../../wire/diff.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
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
  orText,
  PLANNER_CODES,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound } from '../failure.ts'
import { multipartSnapshot } from '../snapshots/multipart-snapshot.ts'
import { readPage, toPage } from '../page.ts'
import { planOrRefusal } from '../plans/plan-or-refusal.ts'
import { planJson, presentSnapshot } from '../present.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot, storeSnapshot, takeSnapshot } from '../snapshots/take-snapshot.ts'

const tags = ['snapshots']
const reader = access('viewer-or-host')
const poster = access('operator-or-host')
const VIEWS = ['memblock', 'resources', 'tools', 'strict'] as const satisfies readonly View[]

/** Snapshots: what a host knows of its memory in one boot. Stored once, read ever after. */
export const snapshots: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
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
      const taken = await takeSnapshot(body)
      return write(request, reply, async (writing) => {
        const host = await writing.rows.hosts.get(params.hostId)
        if (!host) throw notFound('host')
        const { row, isNew } = await storeSnapshot(writing, host, taken)
        let answer = JSON.stringify(presentSnapshot(row))
        if (query.plan !== undefined) {
          const bootEntry = await writing.rows.bootEntries.get(query.plan)
          if (!bootEntry) throw notFound('boot entry')
          const wanted = { bootEntry, purpose: 'reboot', strategy: 'pinned', snapshotId: row.id } as const
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
      summary: "A host's snapshots, oldest first",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: PageQuery,
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
      summary: 'The memory of one snapshot as each reader sees it',
      description: 'JSON, or text/plain by Accept.',
      tags,
      security: reader.security,
      params: SnapshotParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: orText(SnapshotMap) }, ['not-found']),
    },
    handler: async (request, reply) => {
      const { hostId, snapshotId } = request.params
      const row = await store.snapshots.withFiles(hostId, snapshotId)
      if (!row) throw notFound('snapshot of this host')
      reply.header('vary', 'accept')
      const views = await viewsOf(row)
      if (wantsText(request.headers.accept)) {
        return reply.type('text/plain; charset=utf-8').send(mapText(views) as never)
      }
      const { describable: described, ...booked } = views
      return {
        snapshot: row.id,
        memory_digest: row.memoryDigest,
        bookable: {
          memblock: booked.memblock.map(wireRange),
          resources: booked.resources.map(wireRange),
          tools: booked.tools.map(wireRange),
          strict: booked.strict.map(wireRange),
        },
        describable: described.map(wireRange),
      }
    },
  })
}

type Views = Record<(typeof VIEWS)[number] | 'describable', Range[]>

async function viewsOf(row: SnapshotRow): Promise<Views> {
  const map = memoryMap(await storedSnapshot(row))
  const booked = Object.fromEntries(VIEWS.map((view) => [view, bookable(map, view)]))
  return { ...booked, describable: describable(map) } as Views
}

function mapText(views: Views): string {
  const lines = Object.entries(views).flatMap(([view, ranges]) => [
    view,
    ...ranges.map((r) => `  ${hex(r.start)}-${hex(r.last)} ${sizeOf(r)}`),
  ])
  return `${lines.join('\n')}\n`
}

/** Text only for who prefers it; curl's `*` means JSON. */
export function wantsText(accept: string | undefined): boolean {
  return /(^|,)\s*text\/plain\b/.test(accept ?? '') && !/application\/json/.test(accept ?? '')
}
