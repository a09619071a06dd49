import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { DEPRECATION_POLICY } from './deprecation.ts'
import { finishDocument } from './openapi-finish.ts'
import { WEBHOOKS } from './webhooks/webhook-contract.ts'

const PACKAGE = new URL('../../package.json', import.meta.url)

const toComponents = createJsonSchemaTransformObject({})

/** No inline script or style, nothing from elsewhere; the pages are vendored. `data:` are the icons in its style sheet. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The contract, made from the very schemas that judge the requests. */
export async function contract(app: FastifyInstance): Promise<void> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string }
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Berth',
        version,
        description: `Where in physical memory each host's next kernel will be loaded, and whether it was.\n\n${DEPRECATION_POLICY}`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { credential: { type: 'http', scheme: 'bearer' } } },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: (document) => finishDocument({ ...toComponents(document), webhooks: WEBHOOKS }),
  })
}

/** `/openapi.json`, and the pages at `/docs` that show it. */
export async function docs(app: FastifyInstance): Promise<void> {
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
      route.schema = { ...route.schema, hide: true }
    })
    pages.get('/openapi.json', async (_request, reply) => {
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger()))
    })
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: DOCS_POLICY,
      uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true },
    })
  })
}
