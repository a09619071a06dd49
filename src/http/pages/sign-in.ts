import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { berthClient, ProblemError } from '../../client/index.ts'
import { signInPage } from '../../web/sign-in.tsx'
import { html } from './html.ts'
import { fetchInside } from './inside.ts'
import type { Pages } from './page-routes.ts'
import { dropSession, keepSession, sessionIn } from './session-cookie.ts'
import { strangersVisit } from './visit.ts'

/** A path of this service: what begins otherwise leads elsewhere. */
const OwnPath = z
  .string()
  .max(2000)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/)
  .catch('/')

const Form = z.object({ key: z.string().trim().max(300), next: OwnPath })

/** Signing in and out. A key comes in once and is traded for a session. */
export const signIn: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get(
    '/sign-in',
    { schema: { querystring: z.object({ next: OwnPath.default('/') }) } },
    async (request, reply) => {
      const { next } = request.query
      return html(reply, signInPage(strangersVisit(request, reply), { next, refused: null }))
    },
  )

  web.post('/sign-in', { schema: { body: Form } }, async (request, reply) => {
    const { key, next } = request.body
    // Another character would end the header, and no key has it.
    const credential = /^[\x21-\x7e]+$/.test(key) ? key : 'none'
    const asKey = { server: 'http://inside.invalid', credential, headers: { 'x-request-id': request.id } }
    try {
      const { data } = await berthClient({ ...asKey, fetch: fetchInside(api, request) }).POST(
        '/v1/sessions',
        {
          body: {},
        },
      )
      if (data) keepSession(request, reply, { token: data.token, until: data.expires_at })
      return reply.redirect(next, 303)
    } catch (thrown) {
      if (!(thrown instanceof ProblemError)) throw thrown
      const { status, detail } = thrown.problem
      const refused = status === 401 ? 'No such key, or one that has ended.' : detail
      return html(reply.code(status), signInPage(strangersVisit(request, reply), { next, refused }))
    }
  })

  web.post('/sign-out', async (request, reply) => {
    const token = sessionIn(request)
    if (token !== null) {
      const asVisitor = { server: 'http://inside.invalid', credential: token }
      await berthClient({ ...asVisitor, fetch: fetchInside(api, request) })
        .DELETE('/v1/sessions/current')
        .catch(ended)
    }
    dropSession(request, reply)
    return reply.redirect('/sign-in', 303)
  })
}

/** A session that has ended by itself needs no ending. */
function ended(thrown: unknown): void {
  if (!(thrown instanceof ProblemError) || ![401, 404].includes(thrown.problem.status)) throw thrown
}
