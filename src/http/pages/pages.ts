import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import files from '@fastify/static'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { RequestFailed } from '../failure.ts'
import type { Meter } from '../metrics/meter.ts'
import { auditPages } from './audit.ts'
import { diffPages } from './diff.ts'
import { fleetPages } from './fleet.ts'
import { hostPages } from './host.ts'
import { hostActions } from './host-actions.ts'
import { leasePages } from './leases.ts'
import { pictureSheet } from './picture-sheet.ts'
import { originOf } from './origin.ts'
import { planPages } from './plan.ts'
import { PAGE_POLICY } from './policy.ts'
import { problemPages } from './problems.ts'
import { refusals } from './refusals.ts'
import { rolloutActions } from './rollout-actions.ts'
import { rolloutForm } from './rollout-form.ts'
import { rolloutPages } from './rollouts.ts'
import { signIn } from './sign-in.ts'
import { snapshotPages } from './snapshot.ts'
import { tryPages } from './try.ts'
import { whatIfPages } from './what-if.ts'

/** The same from src and from dist: the build copies them. */
const ASSETS = fileURLToPath(new URL('../../web/assets/', import.meta.url))

/**
 * The web pages. They read and write by the API alone, as the visitor, so a page can do nothing that a key cannot.
 *
 * Each page is a path in a file of this folder: it asks the API, and hands the answers to a function of `web/`.
 */
export async function pages(app: FastifyInstance, { meter }: { readonly meter: Meter }): Promise<void> {
  await app.register(async (web) => {
    web.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
      route.schema = { ...route.schema, hide: true }
    })
    await web.register(formbody)
    await web.register(csrf, {
      getToken: (request) => (request.body as { _csrf?: string } | undefined)?._csrf,
      cookieOpts: { path: '/', httpOnly: true, sameSite: 'lax' },
    })
    // Before the schemas take out what they do not know; here, so that no form can be forgotten.
    web.addHook('preValidation', (request, reply, done) => {
      if (request.method !== 'POST') return done()
      // A sibling of this origin could plant a token; it cannot hide where its form comes from.
      const { origin } = request.headers
      if (origin !== undefined && origin !== 'null' && origin !== originOf(request))
        return done(new RequestFailed({ code: 'forbidden', detail: 'this form is not of this service' }))
      web.csrfProtection(request, reply, done)
    })
    await web.register(files, { root: ASSETS, prefix: '/assets/', index: false })
    web.addHook('onSend', async (_request, reply, payload) => {
      reply.header('content-security-policy', PAGE_POLICY)
      return payload
    })
    refusals(web, { api: app, meter })
    for (const some of [
      signIn,
      fleetPages,
      hostPages,
      hostActions,
      tryPages,
      planPages,
      snapshotPages,
      diffPages,
      pictureSheet,
      rolloutPages,
      rolloutForm,
      rolloutActions,
      leasePages,
      whatIfPages,
      auditPages,
      problemPages,
    ])
      await web.register(some, { api: app, meter })
  })
}
