import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { outageOf } from '../../store/outage.ts'
import { Health } from '../../wire/health.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, exactly } from '../contract.ts'
import { RequestFailed } from '../failure.ts'
import type { Shell } from '../shell.ts'

/** For whoever restarts (`livez`) and whoever sends requests (`readyz`). */
export const health: FastifyPluginAsyncZod<Shell> = async (app, { store, assignments }) => {
  const { config, security } = access('public')
  const common = { tags: ['health'], security, querystring: NoQuery }

  app.get('/livez', {
    config,
    schema: {
      ...common,
      operationId: 'livez',
      summary: 'The process answers',
      response: exactly({ 200: Health }, ['invalid-input']),
    },
    handler: async () => ({ status: 'ok' as const }),
  })

  app.get('/readyz', {
    config,
    schema: {
      ...common,
      operationId: 'readyz',
      summary: 'The database can be read and written, and the service is not closing',
      response: exactly({ 200: Health }, ['invalid-input', 'unavailable']),
    },
    handler: async () => {
      if (assignments.closed) throw unavailable('the service is closing')
      await store.ping().catch((error: unknown) => {
        const outage = outageOf(error)
        throw unavailable(outage?.detail ?? 'the database does not answer', outage?.retryAfter)
      })
      return { status: 'ok' as const }
    },
  })
}

function unavailable(detail: string, retryAfter = 5): RequestFailed {
  return new RequestFailed({ code: 'unavailable', retryAfter, detail })
}
