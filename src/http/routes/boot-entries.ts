import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readFdt, readKernelImage } from '../../planner/index.ts'
import { badKernelFailure } from '../../planner/plan/explain.ts'
import { newId } from '../../store/new-id.ts'
import { BootEntry, BootEntryPage, NewBootEntry } from '../../wire/boot-entry.ts'
import { NoQuery, OrderedQuery } from '../../wire/page.ts'
import { ArchName, BootEntryId } from '../../wire/scalars.ts'
import { access, answers, BODY_CODES, KERNEL_CODES, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentBootEntry } from '../present.ts'
import { sha256 } from '../sha256.ts'
import type { Shell } from '../shell.ts'

const tags = ['boot entries']
const viewer = access('viewer')
const operator = access('operator')
const EntryQuery = OrderedQuery.extend({ architecture: ArchName.optional() })
const EntryParams = z.strictObject({ bootEntryId: BootEntryId })

/** What can be booted: never changed, only made anew. */
export const bootEntries: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.post('/boot-entries', {
    config: operator.config,
    schema: {
      operationId: 'createBootEntry',
      summary: 'Say what to boot',
      tags,
      security: operator.security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewBootEntry,
      response: answers('operator', { 201: BootEntry }, [...KERNEL_CODES, ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const { title, version, architecture, linux, initrd, options, devicetree } = request.body
        const tree = devicetree && treeOf(devicetree)
        const linuxHeader = Uint8Array.from(Buffer.from(linux.header, 'base64'))
        const image = readKernelImage(architecture, linuxHeader, linux.size)
        if (!image.ok) throw new RequestFailed(badKernelFailure(image.error))
        const row = await rows.bootEntries.insert({
          id: newId('boot', at),
          title,
          version,
          architecture,
          linuxSha256: linux.sha256,
          linuxSize: linux.size,
          linuxHeader,
          initrdSha256: initrd?.sha256 ?? null,
          initrdSize: initrd?.size ?? null,
          options,
          devicetree: tree,
          devicetreeSha256: devicetree?.sha256 ?? null,
          createdAt: at,
        })
        await audit('boot-entry.create', row.id, { title, version, linux: linux.sha256 })
        const body = JSON.stringify(presentBootEntry(row))
        return { status: 201, body, headers: { location: `/v1/boot-entries/${row.id}`, etag: etagOf(body) } }
      }),
  })

  app.get('/boot-entries', {
    config: viewer.config,
    schema: {
      operationId: 'listBootEntries',
      summary: 'Boot entries',
      tags,
      security: viewer.security,
      querystring: EntryQuery,
      response: answers('viewer', { 200: BootEntryPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const filter = query.architecture === undefined ? {} : { architecture: query.architecture }
      const rows = await store.bootEntries.list(readPage(request, query), filter)
      return toPage(request, reply, { rows, query, present: presentBootEntry })
    },
  })

  app.get('/boot-entries/:bootEntryId', {
    config: viewer.config,
    schema: {
      operationId: 'getBootEntry',
      summary: 'One boot entry',
      tags,
      security: viewer.security,
      params: EntryParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: BootEntry }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.bootEntries.get(params.bootEntryId)
      if (!row) throw notFound('boot entry')
      return presentBootEntry(row)
    },
  })
}

/** The tree's bytes; `invalid-input` for what is no device tree, or not the one that its digest names. */
function treeOf({ sha256: digest, data }: { sha256: string; data: string }): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  const invalid = (pointer: string, detail: string) =>
    new RequestFailed({ code: 'invalid-input', errors: [{ pointer, code: 'invalid-value', detail }] })
  if (sha256(bytes) !== digest) throw invalid('/devicetree/sha256', 'is not the digest of `data`')
  const read = readFdt(bytes)
  if (read.ok) return bytes
  throw invalid('/devicetree/data', `expected ${read.error.expected}, found ${read.error.found}`)
}
