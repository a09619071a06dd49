import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import files from '@fastify/static'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { fleetPages } from './fleet.ts'
import { refusals } from './refusals.ts'
import { signIn } from './sign-in.ts'

/** Nothing inline, nothing from elsewhere. `data:` are the patterns of the style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** The same from src and from dist: the build copies them. */
const ASSETS = fileURLToPath(new URL('../../web/assets/', import.meta.url))

/**
 * The web pages. They read and write by the API alone, as the visitor, so a page can do nothing that a key cannot.
 *
 * Each page is a path in a file of this folder: it asks the API, and hands the answers to a function of `web/`.
 */
export async function pages(app: FastifyInstance): Promise<void> {
  await app.register(async (web) => {
    web.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
      route.schema = { ...route.schema, hide: true }
    })
    await web.register(cookie)
    await web.register(formbody)
    await web.register(csrf, {
      getToken: (request) => (request.body as { _csrf?: string } | undefined)?._csrf,
      cookieOpts: { path: '/', httpOnly: true, sameSite: 'strict' },
    })
    await web.register(files, { root: ASSETS, prefix: '/assets/', index: false })
    web.addHook('onSend', async (_request, reply, payload) => {
      reply.header('content-security-policy', POLICY)
      return payload
    })
    refusals(web)
    for (const some of [signIn, fleetPages]) await web.register(some, { api: app })
  })
}
