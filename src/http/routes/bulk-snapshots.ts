import { Readable } from 'node:stream'
import type { FastifySchemaCompiler } from 'fastify'
import { validatorCompiler, type FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { BulkLine, BulkSnapshot, MAX_BULK_LINES } from '../../wire/bulk-snapshot.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers, BODY_CODES } from '../contract.ts'
import { RequestFailed } from '../failure.ts'
import { lineParser } from '../json-body.ts'
import { ndjson, sendLines } from '../lines.ts'
import type { Shell } from '../shell.ts'
import { bulkResults, type Bulk } from '../snapshots/bulk-intake.ts'

/** The library's type is that of a schema alone. */
const judge = validatorCompiler as FastifySchemaCompiler<unknown>

const NDJSON = 'application/x-ndjson'
const operator = access('operator')

/** Snapshots of many hosts in one request, for who collects them in the hosts' place. */
export const bulkSnapshots: FastifyPluginAsyncZod<Shell> = async (app, { store, now, assignments }) => {
  const parse = lineParser(app)
  // Handed on as it comes: each line is judged when it is there.
  app.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, payload))

  app.post('/snapshots/bulk', {
    config: operator.config,
    validatorCompiler: (part) => (part.httpPart === 'body' ? () => true : judge(part)),
    schema: {
      operationId: 'createSnapshots',
      summary: "Post many hosts' snapshots: a line each, and a result for each line as soon as it is stored",
      description: [
        `NDJSON both ways: at most ${MAX_BULK_LINES} lines, none longer than a body may be. Results come in the order of the lines, then one line with the summary; read them while you send.`,
        'A line that is refused keeps no other from being stored. A request counts once against the budget of its key, however many lines it has.',
        'There is no Idempotency-Key: the same line again is the same snapshot, and answered 200.',
      ].join(' '),
      tags: ['snapshots'],
      security: operator.security,
      consumes: [NDJSON],
      querystring: NoQuery,
      body: BulkSnapshot,
      response: answers('operator', { 200: ndjson(BulkLine, 'A line for each, and the summary.') }, [
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) => {
      const body: unknown = request.body
      if (!(body instanceof Readable))
        throw new RequestFailed({ code: 'unsupported-media-type', detail: `the body has to be ${NDJSON}` })
      // Away, it would be told a thousand times.
      await store.ping()
      // Left alone at the end: to destroy it is to hang up on who still has to read the last results.
      const input = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
      return sendLines(reply, linesOf({ writers: { store, now, assignments }, request, input, parse }))
    },
  })
}

async function* linesOf(bulk: Bulk): AsyncGenerator<string> {
  for await (const result of bulkResults(bulk)) yield `${JSON.stringify(result)}\n`
}
