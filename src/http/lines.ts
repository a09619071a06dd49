import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { z } from 'zod'

/** Sends lines of NDJSON as they come. Errors: what is wrong before the first line is a problem still, not a torn answer. */
export function sendLines(reply: FastifyReply, lines: AsyncIterable<string>): FastifyReply {
  reply.type('application/x-ndjson; charset=utf-8').header('cache-control', 'no-store')
  // Bytes and not objects: so much may wait for a slow reader, and no more.
  return reply.send(Readable.from(lines, { objectMode: false }) as never)
}

/** Reads the first of all before anything is sent. */
export async function begun<T>(all: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await all.next()
  return (async function* () {
    if (first.done) return
    yield first.value
    yield* all
  })()
}

/** How the contract says it. */
export function ndjson<T extends z.ZodType>(line: T, description = 'A line a host, and the summary.'): T {
  const content = { 'application/x-ndjson': { schema: line } }
  return { description, content } as unknown as T
}
