import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../client/index.ts'
import { troublePage } from '../../web/trouble.tsx'
import { failureOf } from '../failure-of.ts'
import type { Failure } from '../failure.ts'
import { problemOf } from '../problems.ts'
import { dropSession } from './session-cookie.ts'
import { html } from './html.ts'
import { strangersVisit } from './visit.ts'

/** What goes wrong on a page is told as a page; who is not signed in is asked to. */
export function refusals(web: FastifyInstance): void {
  web.setErrorHandler((error, request, reply) => {
    const problem = error instanceof ProblemError ? error.problem : ownProblem(error, request.id)
    if (problem.code === 'internal') request.log.error({ err: error }, 'internal')
    if (problem.status === 401) {
      dropSession(request, reply)
      const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : ''
      return reply.redirect(`/sign-in${next}`, 303)
    }
    return html(reply.code(problem.status), troublePage(strangersVisit(request, reply), { problem }))
  })
}

function ownProblem(error: unknown, requestId: string) {
  const { code } = error as { code?: unknown }
  const failure: Failure =
    typeof code === 'string' && code.startsWith('FST_CSRF')
      ? {
          code: 'forbidden',
          detail: 'this form is too old, or not of this service: go back, read the page again, repeat',
        }
      : failureOf(error)
  return problemOf(failure, `urn:berth:request:${requestId}`).problem
}
