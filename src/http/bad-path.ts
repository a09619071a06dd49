import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemCode } from '../wire/problem-code.ts'
import type { Failure } from './failure.ts'
import { problemOf } from './problems.ts'
import { refuse, UNKNOWN_BASE_URL } from './rollouts/fleetlock-refusal.ts'

/**
 * What the router refuses by itself, before there is a route whose hooks and handlers could answer: a path that is no
 * percent-encoding, and one with a part that is longer than anything that is ever looked up.
 */
export function badPath(
  error: { readonly code: string },
  request: FastifyRequest,
  reply: FastifyReply,
  told: (code: ProblemCode) => void,
): FastifyReply {
  reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' })
  if (request.raw.url?.startsWith('/fleetlock/')) return refuse(reply, UNKNOWN_BASE_URL)
  const isLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH'
  const failure: Failure = {
    code: 'invalid-input',
    errors: [
      isLong
        ? { pointer: 'path', code: 'too-big', detail: 'a part of the path is longer than any id or name' }
        : { pointer: 'path', code: 'invalid-format', detail: 'the path is not percent-encoded UTF-8' },
    ],
  }
  told(failure.code)
  const { problem } = problemOf(failure, `urn:berth:request:${request.id}`)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}
