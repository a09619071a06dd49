import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  FleetlockHeaders,
  FleetlockParams,
  FleetlockRefusal,
  FleetlockRequest,
  MAX_FLEETLOCK_BODY,
  type FleetlockKind,
} from '../../wire/fleetlock.ts'
import { allowedMethods } from '../allowed-methods.ts'
import { access } from '../contract.ts'
import { isDeeperThan, MAX_DEPTH } from '../json-body.ts'
import { failureOf } from '../failure-of.ts'
import type { Failure } from '../failure.ts'
import { fleetlockRefusal, fleetlockStatus, refuse, UNKNOWN_BASE_URL } from '../rollouts/fleetlock-refusal.ts'
import { credentialOf, takeTurn, type FleetlockCall } from '../rollouts/fleetlock-turn.ts'
import type { Shell } from '../shell.ts'
import { effect } from '../write.ts'

const { config, security } = access('public')

/** What every call can end in; `method_not_allowed` is no end of a POST. */
const COMMON = [
  'missing_header',
  'decode_error',
  'invalid_client_identity',
  'unknown_group',
  'unknown_base_url',
  'body_too_large',
  'too_many_requests',
  'internal_error',
  'unavailable',
] as const satisfies readonly FleetlockKind[]

/**
 * The FleetLock protocol, to the letter: no problem+json, no Content-Type asked for, nothing but 200 is success.
 *
 * Source: https://coreos.github.io/zincati/development/fleetlock/protocol
 */
export const fleetlock: FastifyPluginAsyncZod<Shell> = async (app, { store, now, assignments }) => {
  const methodsOf = allowedMethods(app)
  app.removeAllContentTypeParsers()
  // Real clients send no Content-Type, and `curl -d` that of a form; whatever it says, it is JSON.
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    parsed(body),
  )
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') request.log.error({ err: error }, 'internal')
    const { headers, ...refusal } = fleetlockRefusal(failure)
    return refuse(reply.headers(headers), refusal)
  })
  app.setNotFoundHandler((request, reply) => {
    const { method } = request
    const allow = methodsOf(request.url)
    const detail = 'there is nothing at this path'
    const failure: Failure =
      allow.length === 0 ? { code: 'no-such-route', detail } : { code: 'method-not-allowed', method, allow }
    const { headers, ...refusal } = fleetlockRefusal(failure)
    return refuse(reply.headers(headers), refusal)
  })

  const calls: readonly [FleetlockCall, operationId: string, summary: string][] = [
    ['pre-reboot', 'fleetlockPreReboot', 'Lock a slot for a reboot, or find the one that the client has'],
    ['steady-state', 'fleetlockSteadyState', 'Unlock the slot of a client that is back, if it has one'],
  ]
  for (const [call, operationId, summary] of calls) {
    const schema = {
      operationId,
      summary,
      description:
        'FleetLock, for clients such as Zincati. The body is JSON whatever its Content-Type, and needs none.',
      tags: ['fleetlock'],
      security,
      params: FleetlockParams,
      headers: FleetlockHeaders,
      body: FleetlockRequest,
      response: refusals(call),
    }
    // Some clients append to a base URL with a slash at its end another one.
    for (const path of [`/:groupSecret/v1/${call}`, `/:groupSecret//v1/${call}`]) {
      app.post(path, {
        config,
        schema: { ...schema, hide: path.includes('//') },
        bodyLimit: MAX_FLEETLOCK_BODY,
        handler: async (request, reply) => {
          const { groupSecret } = request.params
          const { client_params: client } = request.body
          // Whoever knows no secret does not get as far as to keep other writers waiting.
          if (!(await credentialOf(store, groupSecret))) return refuse(reply, UNKNOWN_BASE_URL)
          const refusal = await effect({ store, now, assignments }, request, (writing) =>
            takeTurn(writing, { call, groupSecret, client }),
          )
          return refusal ? refuse(reply, refusal) : reply.code(200).send()
        },
      })
    }
  }
}

function parsed(body: string): unknown {
  try {
    if (!isDeeperThan(MAX_DEPTH, body)) return JSON.parse(body)
  } catch {
    // Told below.
  }
  throw Object.assign(new Error('not JSON'), { statusCode: 400 })
}

/** What a call answers: nothing when it is done, else a refusal with one of the kinds of its status. */
function refusals(call: FleetlockCall): Record<number, unknown> {
  const own = [
    'group_disabled',
    'failed_lock_semaphore_full',
    'failed_lock_held_otherwise',
    'failed_lock_paused',
  ] as const
  const kinds = [...COMMON, ...(call === 'pre-reboot' ? own : [])]
  const by: Record<number, unknown> = { 200: z.null().describe('Done.') }
  for (const status of new Set(kinds.map(fleetlockStatus))) {
    const these = kinds.filter((kind) => fleetlockStatus(kind) === status)
    const schema = FleetlockRefusal.and(z.looseObject({ kind: z.enum(these) }))
    by[status] = { description: these.join(', '), content: { 'application/json': { schema } } }
  }
  return by
}
