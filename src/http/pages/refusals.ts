import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../client/index.ts'
import { troublePage } from '../../web/trouble.tsx'
import { failureOf } from '../failure-of.ts'
import type { Failure } from '../failure.ts'
import { problemOf } from '../problems.ts'
import { dropSession, sessionIn } from './session-cookie.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { anyVisit } from './visit.ts'

/** What goes wrong on a page is told as a page; who is not signed in is asked to. */
export function refusals(web: FastifyInstance, { api, meter }: Pages): void {
  web.setErrorHandler(async (error, request, reply) => {
    const { problem, headers } =
      error instanceof ProblemError ? { problem: error.problem, headers: {} } : ownProblem(error, request.id)
    // What the API refused inside was counted there.
    if (!(error instanceof ProblemError) && problem.code) meter.problem(problem.code)
    reply.headers(headers)
    if (problem.code === 'internal') request.log.error({ err: error }, 'internal')
    if (problem.status === 401) {
      // A browser that shows none may have one, and only not have sent it.
      if (sessionIn(request) !== null) dropSession(request, reply)
      const next = request.method === 'GET' ? `?next=${encodeURIComponent(request.url)}` : ''
      return reply.redirect(`/sign-in${next}`, 303)
    }
    return html(reply.code(problem.status), troublePage(await anyVisit(api, request, reply), { problem }))
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
  return problemOf(failure, `urn:berth:request:${requestId}`)
}
