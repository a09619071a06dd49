import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { GroupPin as GroupPinRow } from '../../store/group-pins.ts'
import {
  GroupParams,
  GroupPinning,
  GroupPinParams,
  GroupPinSet,
  NewGroupPins,
  type GroupPin,
} from '../../wire/group-pins.ts'
import { NoQuery } from '../../wire/page.ts'
import { ForgetQuery, NewPin } from '../../wire/pin.ts'
import { PlanQuery } from '../../wire/plan.ts'
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
import { notFound, RequestFailed } from '../failure.ts'
import { findGroupPins, groupPinsOf, type FoundPins } from '../hosts/group-members.ts'
import { keepGroupPins, presentPinning } from '../pins/keep-group-pins.ts'
import type { Shell } from '../shell.ts'
import type { Rows } from '../../store/open-store.ts'
import { sendJson } from '../write.ts'

const tags = ['pins']
const viewer = access('viewer')
const operator = access('operator')
/** So often a group is looked at that changes meanwhile. */
const MAX_TRIES = 3
/** A group is quiet again once its hosts have booted. Units: seconds. */
const RETRY_S = 5
const CHANGE_CODES = ['not-found', 'precondition-required', 'precondition-failed', ...BODY_CODES] as const

/** Group pins: one address a segment for a whole group of hosts. */
export const groups: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/groups/:group/pins', {
    config: viewer.config,
    schema: {
      operationId: 'getGroupPins',
      summary: "A group's pins; the ETag is what a change must match",
      tags,
      security: viewer.security,
      params: GroupParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: GroupPinSet }, ['not-found']),
    },
    handler: async ({ params }) => pinSet(store, params.group),
  })

  app.post('/groups/:group/pins', {
    config: operator.config,
    schema: {
      operationId: 'createGroupPins',
      summary: 'Find one address a segment for all hosts of a group, or say who stands in the way',
      description:
        'On ground that was free in every remembered boot of every member, checked by a plan of each kind of host. 422 `no-common-ground` names who is in the way, what holds the place there, and what leaving them out would cost. Quarantined hosts and those without a snapshot are left out, and listed.',
      tags,
      security: operator.security,
      params: GroupParams,
      headers: WriteHeaders,
      querystring: PlanQuery,
      body: NewGroupPins,
      response: answers('operator', { 200: GroupPinning, 201: GroupPinning }, [
        'not-found',
        'no-snapshot',
        'arch-mismatch',
        'no-common-ground',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) => {
      const { params, body, query } = request
      const asked = { group: params.group, body }
      const ask = (rows: Rows) => findGroupPins(rows, params.group, body)
      if (query.dry_run === 'true') {
        const text = JSON.stringify(presentPinning(asked, await ask(store), false))
        return sendJson(reply, { status: 200, body: text })
      }
      // Looking at a whole group takes a while, in which others shall write: it is done before, and holds if nothing changed.
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const basis = await store.groupPins.basisOf(params.group)
        const found = await settled(ask(store))
        try {
          return await write(request, reply, async (writing) => {
            if ((await writing.rows.groupPins.basisOf(params.group)) !== basis) throw new Overtaken()
            await keepGroupPins(writing, asked, found())
            const text = JSON.stringify(presentPinning(asked, found(), true))
            return { status: 201, body: text, headers: { location: `/v1/groups/${params.group}/pins` } }
          })
        } catch (thrown) {
          if (!(thrown instanceof Overtaken)) throw thrown
        }
      }
      const detail = `the group changed while its hosts were looked at, ${MAX_TRIES} times; nothing was stored`
      throw new RequestFailed({ code: 'unavailable', retryAfter: RETRY_S, detail })
    },
  })

  app.put('/groups/:group/pins/:purpose/:segment', {
    config: operator.config,
    schema: {
      operationId: 'setGroupPin',
      summary: 'Set one pin of a group, with a reason',
      description: 'If-Match takes the ETag of the whole set. Pins that hosts have of their own stay.',
      tags,
      security: operator.security,
      params: GroupPinParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewPin,
      response: answers('operator', { 200: GroupPinSet }, CHANGE_CODES),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { group, purpose, segment: kind } = request.params
        const before = await pinSet(rows, group)
        requireMatch(request, JSON.stringify(before))
        const was = before.items.find((pin) => pin.purpose === purpose && pin.kind === kind) ?? null
        const { mem, room, reason } = request.body
        await rows.groupPins.set({ group, purpose, kind, mem, room, reason, setAt: at, setBy: actor })
        await audit('group-pins.set', group, { purpose, reason, pins: [{ kind, mem, room }], was })
        const body = JSON.stringify(await pinSet(rows, group))
        return { status: 200, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.delete('/groups/:group/pins/:purpose/:segment', {
    config: operator.config,
    schema: {
      operationId: 'forgetGroupPin',
      summary: 'Forget one pin of a group, with a reason: hosts keep those that became their own',
      tags,
      security: operator.security,
      params: GroupPinParams,
      headers: MatchHeaders,
      querystring: ForgetQuery,
      response: answers('operator', { 204: NoContent }, CHANGE_CODES),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { group, purpose, segment: kind } = request.params
        const before = await pinSet(rows, group)
        const was = before.items.find((pin) => pin.purpose === purpose && pin.kind === kind)
        if (!was) throw notFound('pin of this group')
        requireMatch(request, JSON.stringify(before))
        await rows.groupPins.forget({ group, purpose, kind })
        await audit('group-pins.forget', group, { reason: request.query.reason, was })
        return { status: 204, body: '' }
      }),
  })
}

/** What was found no longer holds. */
class Overtaken extends Error {}

/** What a promise came to, to be had later: its value, or what it threw. */
async function settled(finding: Promise<FoundPins>): Promise<() => FoundPins> {
  try {
    const found = await finding
    return () => found
  } catch (thrown) {
    return () => {
      throw thrown
    }
  }
}

async function pinSet(rows: Rows, group: string): Promise<GroupPinSet> {
  return { group, items: (await groupPinsOf(rows, group)).map(presentGroupPin) }
}

function presentGroupPin({ purpose, kind, mem, room, reason, setAt, setBy }: GroupPinRow): GroupPin {
  return {
    purpose: purpose as GroupPin['purpose'],
    kind: kind as GroupPin['kind'],
    mem,
    room,
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}
