import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Host } from '../../store/hosts.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery, OrderedQuery } from '../../wire/page.ts'
import { ForgetQuery, Loosening, NewPin, PinChangePage, PinParams, PinSet } from '../../wire/pin.ts'
import { recordChanges } from '../pins/change-pins.ts'
import {
  access,
  answers,
  BODY_CODES,
  MatchHeaders,
  NoContent,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentPinChange, presentPinSet } from '../present.ts'
import type { Shell } from '../shell.ts'

const tags = ['pins']
const reader = access('viewer-or-host')
const operator = access('operator')

/** Pins: where a host's segments are to lie, boot after boot. Plans keep them; an operator may set, loosen and forget them. */
export const pins: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/hosts/:hostId/pins', {
    config: reader.config,
    schema: {
      operationId: 'getPins',
      summary: "A host's pins; the ETag is what a change must match",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: PinSet }, ['not-found']),
    },
    handler: async ({ params }) => setAtOnce(store, params.hostId),
  })

  app.put('/hosts/:hostId/pins/:purpose/:segment', {
    config: operator.config,
    schema: {
      operationId: 'setPin',
      summary: 'Set one pin, with a reason',
      description: 'If-Match takes the ETag of the whole set. A pin that was loosened is firm again.',
      tags,
      security: operator.security,
      params: PinParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewPin,
      response: answers('operator', { 200: PinSet }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rows, at, actor: by } = writing
        const { hostId, purpose, segment: kind } = request.params
        const host = await hostOf(rows, hostId)
        const before = await pinSet(rows, host)
        requireMatch(request, JSON.stringify(before))
        const { mem, room, reason } = request.body
        const old = before.items.find((pin) => pin.purpose === purpose && pin.kind === kind)
        const change = old && old.mem !== mem ? 'moved' : 'set'
        const generation = host.pinGeneration + 1
        await rows.pins.set({ hostId, purpose, kind, mem, room, reason, setAt: at, setBy: by, loose: false })
        const row = {
          id: newId('pch', at),
          hostId,
          generation,
          at,
          by,
          purpose,
          kind,
          change,
          mem,
          room,
          reason,
        }
        await recordChanges(writing, host, [row])
        const body = JSON.stringify(await pinSet(rows, await hostOf(rows, hostId)))
        return { status: 200, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.post('/hosts/:hostId/pins/:purpose/:segment/loosen', {
    config: operator.config,
    schema: {
      operationId: 'loosenPin',
      summary: 'Let one pin move in the next plan, even where policy is strict',
      description: 'If-Match takes the ETag of the whole set. It stays where it is as long as it holds.',
      tags,
      security: operator.security,
      params: PinParams,
      headers: MatchHeaders.extend(WriteHeaders.shape),
      querystring: NoQuery,
      body: Loosening,
      response: answers('operator', { 200: PinSet }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rows, at, actor: by } = writing
        const { hostId, purpose, segment: kind } = request.params
        const host = await hostOf(rows, hostId)
        const pin = (await rows.pins.of(hostId)).find((p) => p.purpose === purpose && p.kind === kind)
        if (!pin) throw notFound('pin')
        requireMatch(request, JSON.stringify(await pinSet(rows, host)))
        const { reason } = request.body
        const { mem, room } = pin
        await rows.pins.set({ ...pin, loose: true, reason, setAt: at, setBy: by })
        const row = { purpose, kind, change: 'loosened', mem, room, reason }
        const generation = host.pinGeneration + 1
        await recordChanges(writing, host, [{ id: newId('pch', at), hostId, generation, at, by, ...row }])
        const body = JSON.stringify(await pinSet(rows, await hostOf(rows, hostId)))
        return { status: 200, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.delete('/hosts/:hostId/pins/:purpose/:segment', {
    config: operator.config,
    schema: {
      operationId: 'forgetPin',
      summary: 'Forget one pin, with a reason: the next plan chooses anew',
      tags,
      security: operator.security,
      params: PinParams,
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
      write(request, reply, async (writing) => {
        const { rows, at, actor: by } = writing
        const { hostId, purpose, segment: kind } = request.params
        const host = await hostOf(rows, hostId)
        const before = await pinSet(rows, host)
        if (!before.items.some((pin) => pin.purpose === purpose && pin.kind === kind)) throw notFound('pin')
        requireMatch(request, JSON.stringify(before))
        const { reason } = request.query
        const generation = host.pinGeneration + 1
        await rows.pins.forget({ hostId, purpose, kind })
        const gone = { purpose, kind, change: 'forgotten', mem: null, room: null, reason }
        await recordChanges(writing, host, [{ id: newId('pch', at), hostId, generation, at, by, ...gone }])
        return { status: 204, body: '' }
      }),
  })

  app.get('/hosts/:hostId/pins/history', {
    config: reader.config,
    schema: {
      operationId: 'getPinHistory',
      summary: "Every change of a host's pins, with its reason",
      tags,
      security: reader.security,
      params: HostParams,
      querystring: OrderedQuery,
      response: answers('viewer-or-host', { 200: PinChangePage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      await hostOf(store, params.hostId)
      const rows = await store.pins.history(params.hostId, readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentPinChange })
    },
  })
}

async function hostOf(rows: Rows, id: string): Promise<Host> {
  const host = await rows.hosts.get(id)
  if (!host) throw notFound('host')
  return host
}

/** The set as it stood at one moment: where a change came between its pins and its generation, both are read again. */
async function setAtOnce(store: Rows, id: string): Promise<PinSet> {
  let host = await hostOf(store, id)
  for (;;) {
    const set = await pinSet(store, host)
    host = await hostOf(store, id)
    if (host.pinGeneration === set.generation) return set
  }
}

async function pinSet(rows: Rows, host: Host) {
  return presentPinSet(host, await rows.pins.of(host.id))
}
