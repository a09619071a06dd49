import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { NoQuery } from '../../wire/page.ts'
import { SigningKeys } from '../../wire/signing.ts'
import { access, answers } from '../contract.ts'
import type { Shell } from '../shell.ts'

const { config, security } = access('viewer-or-host')

/** The public keys by which agents know what is from this service. */
export const signingKeys: FastifyPluginAsyncZod<Pick<Shell, 'signer'>> = async (app, { signer }) => {
  app.get('/signing-keys', {
    config,
    schema: {
      operationId: 'listSigningKeys',
      summary: 'The public keys of what agents are handed out, the newest first',
      description:
        'Each assignment is signed with all of them. A host is given them when it enrols; an assignment with a signature by one that it knows teaches it the others.',
      tags: ['agent'],
      security,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: SigningKeys }),
    },
    handler: async () => ({ items: [...signer.keys] }),
  })
}
