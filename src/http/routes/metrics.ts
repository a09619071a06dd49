import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { collectDefaultMetrics, Gauge } from 'prom-client'
import { z } from 'zod'
import { NoQuery } from '../../wire/page.ts'
import { access, answers } from '../contract.ts'
import { fleetMetrics } from '../metrics/fleet.ts'
import type { Meter } from '../metrics/meter.ts'
import { rebootHistogram } from '../metrics/reboot-histogram.ts'
import type { Shell } from '../shell.ts'

const PACKAGE = new URL('../../../package.json', import.meta.url)
const viewer = access('viewer')

/** For Prometheus, which sends a viewer's key as its bearer token. */
export const metrics: FastifyPluginAsyncZod<
  Pick<Shell, 'store' | 'now'> & { readonly meter: Meter }
> = async (app, { store, now, meter }) => {
  const { registry } = meter
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string }
  new Gauge({
    name: 'berth_build_info',
    help: 'Always 1: which release runs, on which version of Node.',
    labelNames: ['version', 'node_version'] as const,
    registers: [registry],
  }).set({ version, node_version: process.version }, 1)
  fleetMetrics(registry, { store, now })
  rebootHistogram(registry, { store, now })
  let isProcessWatched = false

  app.get('/metrics', {
    config: viewer.config,
    schema: {
      operationId: 'getMetrics',
      summary: 'How the fleet and this process are, for Prometheus',
      description:
        'The text format of Prometheus. What is about hosts, plans, rollouts and leases is counted in the database when it is asked for; what is about requests, by this process since its start. No label names a host.',
      tags: ['health'],
      security: viewer.security,
      querystring: NoQuery,
      response: answers('viewer', { 200: exposition() }),
    },
    handler: async (_request, reply) => {
      // Watching the event loop has a price, which a service that nobody scrapes does not pay.
      if (!isProcessWatched) collectDefaultMetrics({ register: registry })
      isProcessWatched = true
      const text = await registry.metrics()
      return reply.type(registry.contentType).header('cache-control', 'no-store').send(text)
    },
  })
}

function exposition(): z.ZodString {
  const content = { 'text/plain': { schema: z.string() } }
  return { description: 'One line a value.', content } as unknown as z.ZodString
}
