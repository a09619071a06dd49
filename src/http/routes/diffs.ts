import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { diffBoots, diffText } from '../../planner/index.ts'
import { diffPicture, diffSvg } from '../../picture/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { DiffQuery, DriftQuery, PinDriftList, SnapshotDiff, wireDiff, wireDrift } from '../../wire/diff.ts'
import { HostParams } from '../../wire/host.ts'
import { access, answers, orPicture } from '../contract.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { svgOptions } from '../pictures/memory-picture.ts'
import { sendForm } from '../pictures/send-form.ts'
import { pinDrift } from '../pins/pin-drift.ts'
import type { Shell } from '../shell.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'

const reader = access('viewer-or-host')

/** Diffs: what changed from one boot of a host to another, and what it does to the pins. */
export const diffs: FastifyPluginAsyncZod<Pick<Shell, 'store' | 'now'>> = async (app, { store, now }) => {
  app.get('/hosts/:hostId/snapshots/diff', {
    config: reader.config,
    schema: {
      operationId: 'getSnapshotDiff',
      summary: 'What differs between the memory of two boots of a host',
      description: 'JSON, text/plain or image/svg+xml by Accept.',
      tags: ['snapshots'],
      security: reader.security,
      params: HostParams,
      querystring: DiffQuery,
      response: answers('viewer-or-host', { 200: orPicture(SnapshotDiff) }, ['not-found', 'no-snapshot']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      const host = await hostOf(store, params.hostId)
      const to = await snapshotOf(store, host.id, query.to)
      const from = query.from
        ? await snapshotOf(store, host.id, query.from)
        : ((await store.snapshots.newestBefore(to)) ?? to)
      const before = await storedSnapshot(store, from)
      const { snapshot: after, pins, drift } = await pinDrift(store, host, to, now())
      const names = [bootName(from), bootName(to)] as const
      const title = host.hostname
      return sendForm(request, reply, {
        json: () => ({ host: host.id, from: from.id, to: to.id, ...wireDiff(diffBoots(before, after)) }),
        text: () => diffText(diffBoots(before, after)),
        svg: () => diffSvg(diffPicture({ before, after, title, names, pins, drift }), svgOptions(query)),
      }) as never
    },
  })

  app.get('/hosts/:hostId/pins/drift', {
    config: reader.config,
    schema: {
      operationId: 'getPinDrift',
      summary: "Whether a host's pins hold in its newest snapshot or another, and what breaks them",
      tags: ['pins'],
      security: reader.security,
      params: HostParams,
      querystring: DriftQuery,
      response: answers('viewer-or-host', { 200: PinDriftList }, ['not-found', 'no-snapshot']),
    },
    handler: async ({ params, query }) => {
      const host = await hostOf(store, params.hostId)
      const row = await snapshotOf(store, host.id, query.snapshot)
      const { drift, boots } = await pinDrift(store, host, row, now())
      return { host: host.id, snapshot: row.id, boots, items: drift.map(wireDrift) }
    },
  })
}

async function hostOf(rows: Rows, id: string): Promise<Host> {
  const host = await rows.hosts.get(id)
  if (!host) throw notFound('host')
  return host
}

/** The host's newest where none is named. */
async function snapshotOf(rows: Rows, hostId: string, id: string | undefined): Promise<SnapshotRow> {
  const row =
    id === undefined ? await rows.snapshots.newest(hostId) : await rows.snapshots.withFiles(hostId, id)
  if (row) return row
  if (id !== undefined) throw notFound('snapshot of this host')
  throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
}

/** How a boot is called where there is little room: when it was seen first, to the minute. */
export function bootName({ createdAt }: Pick<SnapshotRow, 'createdAt'>): string {
  return createdAt.toISOString().slice(0, 16).replace('T', ' ')
}
