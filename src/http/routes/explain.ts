import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { Explanation } from '../../wire/explain.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers } from '../contract.ts'
import { explainHost } from '../hosts/explain-host.ts'
import { notFound } from '../failure.ts'
import type { Shell } from '../shell.ts'
import { sweepHost } from '../rollouts/sweep-due.ts'

const { config, security } = access('viewer-or-host')

/** Why a host is, or is not, being rebooted now. */
export const explain: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  app.get('/hosts/:hostId/explain', {
    config,
    schema: {
      operationId: 'explainHost',
      summary: 'Every gate that stands before a reboot of this host: verdict, since when, next check',
      tags: ['hosts'],
      security,
      params: HostParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: Explanation }, ['not-found']),
    },
    handler: async (request) => {
      const { store, now } = shell
      const { hostId } = request.params
      await sweepHost(shell, request, hostId)
      const host = await store.hosts.get(hostId)
      if (!host) throw notFound('host')
      return explainHost(store, host, now())
    },
  })
}
