import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { HostCredential } from '../../wire/credential.ts'
import { NoQuery } from '../../wire/page.ts'
import { actorOf, askingHost } from '../actor.ts'
import { access, answers, BODY_CODES, EmptyBody, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { issueCredential } from '../hosts/host-credential.ts'
import type { Shell } from '../shell.ts'

const { config, security } = access('host')

/** How a host changes its credential. */
export const credential: FastifyPluginAsyncZod<Shell> = async (app, { write }) => {
  app.post('/agent/credential', {
    config,
    schema: {
      operationId: 'createCredential',
      summary: 'Another credential for the host that asks',
      description:
        'The old one stays good until the new one is first used, and then ends at once. Asked again before that, another new one takes the place of the first. Any answer to a host may ask for this with the header `berth-credential: rotate`.',
      tags: ['agent'],
      security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: EmptyBody,
      response: answers('host', { 201: HostCredential }, [...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) => {
      const id = askingHost(request)
      const secret = actorOf(request)?.secret ?? ''
      return write(request, reply, (writing) => issueCredential(writing, { id, secret }), secret)
    },
  })
}
