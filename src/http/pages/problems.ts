import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemPage, problemsPage } from '../../web/problems.tsx'
import { ProblemCode } from '../../wire/problem.ts'
import { RequestFailed } from '../failure.ts'
import { statusOf } from '../problems.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { anyVisit } from './visit.ts'

/** Where the `type` of every problem leads; who has no key may read it too. */
export const problemPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/problems', async (request, reply) =>
    html(reply, problemsPage(await anyVisit(api, request, reply), statusOf)),
  )

  web.get(
    '/problems/:code',
    { schema: { params: z.object({ code: z.string().max(100) }) } },
    async (request, reply) => {
      const known = ProblemCode.safeParse(request.params.code)
      if (!known.success)
        throw new RequestFailed({ code: 'not-found', detail: 'there is no problem of this name' })
      const code = known.data
      return html(reply, problemPage(await anyVisit(api, request, reply), { code, status: statusOf(code) }))
    },
  )
}
