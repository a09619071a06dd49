import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { compare, compareText } from '../../planner/index.ts'
import { HostParams } from '../../wire/host.ts'
import { Placements, PlacementsQuery } from '../../wire/placements.ts'
import { access, answers, orText } from '../contract.ts'
import { notFound } from '../failure.ts'
import { readRequest } from '../plans/make-plan.ts'
import { sendForm } from '../pictures/send-form.ts'
import { sha256 } from '../sha256.ts'
import type { Shell } from '../shell.ts'

const reader = access('viewer-or-host')

/** The service knows no file names of its hosts. */
export const FILES = { kernel: 'KERNEL', initrd: 'INITRD' } as const

/** Placements: what each way to load would do on a host today, side by side. Nothing is stored. */
export const placements: FastifyPluginAsyncZod<Pick<Shell, 'store'>> = async (app, { store }) => {
  app.get('/hosts/:hostId/placements', {
    config: reader.config,
    schema: {
      operationId: 'getPlacements',
      summary: 'Where each strategy would load a boot entry, where they differ, and why',
      description: "Of the host's newest snapshot. JSON, or text/plain by Accept.",
      tags: ['plans'],
      security: reader.security,
      params: HostParams,
      querystring: PlacementsQuery,
      response: answers('viewer-or-host', { 200: orText(Placements) }, ['not-found', 'no-snapshot']),
    },
    handler: async (asking, reply) => {
      const { params, query } = asking
      const host = await store.hosts.get(params.hostId)
      if (!host) throw notFound('host')
      const bootEntry = await store.bootEntries.get(query.boot_entry)
      if (!bootEntry) throw notFound('boot entry')
      const wanted = { bootEntry, purpose: query.purpose, strategy: 'pinned', snapshotId: null } as const
      const { snapshotId, request } = await readRequest(store, host, wanted)
      // One draw a snapshot: the same question gets the same answer, and the same ETag.
      const comparison = compare({ ...request, randomSeed: snapshotId }, FILES, sha256)
      const head = { host: host.id, snapshot: snapshotId, boot_entry: bootEntry.id }
      return sendForm(asking, reply, {
        json: () => ({ ...head, ...comparison }),
        text: () => compareText(comparison),
      }) as never
    },
  })
}
