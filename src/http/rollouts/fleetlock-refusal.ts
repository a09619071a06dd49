import type { FastifyReply } from 'fastify'
import type { FleetlockKind, FleetlockRefusal } from '../../wire/fleetlock.ts'
import type { Failure } from '../failure.ts'
import { problemOf } from '../problems.ts'

/** The only table from a refusal's kind to its status; 200 means that it was done, and nothing else does. */
export function fleetlockStatus(kind: FleetlockKind): number {
  switch (kind) {
    case 'missing_header':
    case 'decode_error':
    case 'invalid_client_identity':
    case 'unknown_group':
      return 400
    case 'group_disabled':
      return 403
    case 'unknown_base_url':
      return 404
    case 'method_not_allowed':
      return 405
    case 'body_too_large':
      return 413
    case 'failed_lock_semaphore_full':
    case 'failed_lock_held_otherwise':
    case 'failed_lock_paused':
      return 423
    case 'too_many_requests':
      return 429
    case 'internal_error':
      return 500
    case 'unavailable':
      return 503
  }
}

/** Sends a refusal as the protocol has it. */
export function refuse(reply: FastifyReply, refusal: FleetlockRefusal): FastifyReply {
  const { kind, value } = refusal
  return reply
    .code(fleetlockStatus(kind))
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ kind, value }))
}

/** A failure in the protocol's words, and the headers that go with it. */
export function fleetlockRefusal(failure: Failure): FleetlockRefusal & { headers: Record<string, string> } {
  const { problem, headers } = problemOf(failure, '')
  const { kind, value } = inItsWords(failure)
  return { kind, value: value ?? problem.detail, headers }
}

function inItsWords(failure: Failure): { kind: FleetlockKind; value?: string } {
  switch (failure.code) {
    case 'invalid-input': {
      const [first] = failure.errors
      if (first?.pointer.startsWith('header')) return MISSING_HEADER
      if (first?.pointer === '/') return NOT_JSON
      return { kind: 'invalid_client_identity', value: `${first?.pointer}: ${first?.detail}` }
    }
    case 'malformed-body':
    case 'unsupported-media-type':
      return NOT_JSON
    case 'body-too-large':
      return { kind: 'body_too_large' }
    case 'no-such-route':
      return UNKNOWN_BASE_URL
    case 'method-not-allowed':
      return { kind: 'method_not_allowed' }
    case 'too-many-requests':
      return { kind: 'too_many_requests', value: 'too many requests from this address' }
    case 'unavailable':
      return { kind: 'unavailable' }
    default:
      return { kind: 'internal_error', value: 'something went wrong here; the log has it' }
  }
}

const MISSING_HEADER = {
  kind: 'missing_header',
  value: 'the header fleet-lock-protocol must be there, and be true',
} as const

const NOT_JSON = { kind: 'decode_error', value: 'the body is not a JSON object' } as const

/** Which part of it is wrong is nobody's business. */
export const UNKNOWN_BASE_URL = {
  kind: 'unknown_base_url',
  value: 'no FleetLock server answers under this base URL',
} as const
