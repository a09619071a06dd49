import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { newId } from '../../store/new-id.ts'
import { Enrolled, Enrollment, MintedToken, NewToken, TokenPage } from '../../wire/host.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import { mintBearer } from '../bearer.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { enrollHost } from '../hosts/enroll-host.ts'
import { mustHaveCertificate } from '../hosts/host-certificate.ts'
import { certificateNameOf } from '../listener/client-certificate.ts'
import { notFound } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentToken } from '../present.ts'
import type { Shell } from '../shell.ts'

const tags = ['enrolment']
const TokenParams = z.strictObject({ tokenId: z.string().max(100) })

/** How hosts join: an operator makes a token, the agent trades it for its host's own credential. */
export const enrollment: FastifyPluginAsyncZod<Shell> = async (
  app,
  { store, write, signer, certificates },
) => {
  const operator = access('operator')

  app.post('/enrollment-tokens', {
    config: operator.config,
    schema: {
      operationId: 'createEnrollmentToken',
      summary: 'Make an enrolment token; it is shown this once',
      tags,
      security: operator.security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewToken,
      response: answers('operator', { 201: MintedToken }, [...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { uses, expires_in, group = null } = request.body
        const id = newId('enr', at)
        const { shown, hash } = mintBearer('enroll', id)
        const expiresAt = new Date(at.getTime() + expires_in * 1000)
        const token = {
          id,
          secretHash: hash,
          group,
          uses,
          usesLeft: uses,
          createdAt: at,
          createdBy: actor,
          expiresAt,
        }
        const row = await rows.tokens.insert(token)
        await audit('enrollment-token.create', id, { uses, group })
        return { status: 201, body: JSON.stringify({ ...presentToken(row), token: shown }) }
      }),
  })

  app.get('/enrollment-tokens', {
    config: operator.config,
    schema: {
      operationId: 'listEnrollmentTokens',
      summary: 'Enrolment tokens; never their secrets',
      tags,
      security: operator.security,
      querystring: PageQuery,
      response: answers('operator', { 200: TokenPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const rows = await store.tokens.list(readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentToken })
    },
  })

  app.delete('/enrollment-tokens/:tokenId', {
    config: operator.config,
    schema: {
      operationId: 'deleteEnrollmentToken',
      summary: 'Take a token back, at once',
      description:
        'Without If-Match, on purpose: a token that leaked must not stay because it was just used.',
      tags,
      security: operator.security,
      params: TokenParams,
      querystring: NoQuery,
      response: answers('operator', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { tokenId } = request.params
        if (!(await rows.tokens.get(tokenId))) throw notFound('enrolment token')
        await rows.tokens.remove(tokenId)
        await audit('enrollment-token.delete', tokenId)
        return { status: 204, body: '' }
      }),
  })

  const open = access('public')
  app.post('/agent/enroll', {
    config: open.config,
    schema: {
      operationId: 'enrollAgent',
      summary: 'Trade an enrolment token for a host and its credential',
      description:
        'A machine that is enrolled already gets 409, and its host is quarantined until an operator decides.',
      tags,
      security: open.security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: Enrollment,
      response: answers('public', { 201: Enrolled }, [
        'bad-enrollment-token',
        'wrong-certificate',
        'already-enrolled',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) => {
      mustHaveCertificate(request, certificates)
      const given = { signing_keys: signer.keys, certificate: certificateNameOf(request) }
      return write(request, reply, (writing) => enrollHost(writing, request.body, given), request.body.token)
    },
  })
}
