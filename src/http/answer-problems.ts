import type { FastifyInstance } from 'fastify'
import { allowedMethods } from './allowed-methods.ts'
import { failureOf } from './failure-of.ts'
import { RequestFailed } from './failure.ts'
import type { Meter } from './metrics/meter.ts'
import { looksForPage, nothingHere } from './pages/nothing-here.ts'
import { problemOf } from './problems.ts'

/** Everything that is not an answer is a problem, whoever threw it. */
export function answerProblems(app: FastifyInstance, counts: Meter): void {
  const methodsOf = allowedMethods(app)
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure.code === 'internal') request.log.error({ err: error }, 'internal')
    const { problem, headers } = problemOf(failure, `urn:berth:request:${request.id}`)
    counts.problem(failure.code)
    return reply
      .code(problem.status)
      .headers(headers)
      .type('application/problem+json')
      .send(JSON.stringify(problem))
  })
  app.setNotFoundHandler((request, reply) => {
    const allow = methodsOf(request.url)
    if (allow.length > 0 && !allow.includes(request.method)) {
      throw new RequestFailed({ code: 'method-not-allowed', method: request.method, allow })
    }
    if (looksForPage(request)) return nothingHere(request, reply)
    throw new RequestFailed({ code: 'no-such-route', detail: 'there is nothing at this path' })
  })
}
