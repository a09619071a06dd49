import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Event as EventRow } from '../../store/events.ts'
import { Event, EventHeaders, EventQuery } from '../../wire/event.ts'
import { isStillGood } from '../access.ts'
import { actorOf } from '../actor.ts'
import { access, answers } from '../contract.ts'
import { beginBehind } from '../events/begin-behind.ts'
import { eventStream, gapBlock } from '../events/event-stream.ts'
import { eventTail } from '../events/event-tail.ts'
import { RequestFailed } from '../failure.ts'
import type { Shell } from '../shell.ts'

const viewer = access('viewer')

/** Each keeps a connection for as long as somebody looks at a page. */
const MOST_STREAMS = 1000
const BUSY_S = 10

/** A key that was revoked is refused everywhere within five seconds; so is whoever listens with it. Units: milliseconds. */
const GOOD_FOR_MS = 2500

/** Events as they happen: of hosts, rollouts, leases and pauses. */
export const events: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, now, assignments } = shell
  const { clock } = assignments
  const tail = eventTail(shell)
  let streams = 0

  app.get('/events', {
    config: { ...viewer.config, takesCookie: true },
    schema: {
      operationId: 'followEvents',
      summary: 'What happens, as it happens: server-sent events of hosts, rollouts, leases and pauses',
      description:
        'Each has its number as `id:` and an Event as `data:`. Who comes again with `Last-Event-ID`, as browsers do by themselves, gets what happened meanwhile, each once. Where nothing happens a comment comes every 15 seconds. A page’s session cookie will do, since an EventSource sends no Authorization.',
      tags: ['events'],
      security: viewer.security,
      headers: EventHeaders,
      querystring: EventQuery,
      response: answers('viewer', { 200: serverSent(Event) }),
    },
    handler: async (request, reply) => {
      const { query, headers } = request
      const follow = query.follow === 'true'
      if (follow && streams >= MOST_STREAMS)
        throw new RequestFailed({ code: 'unavailable', retryAfter: BUSY_S })
      const gone = goneWith(reply)
      // What only asks for what there is holds nothing.
      if (follow && !gone.aborted) {
        streams++
        gone.addEventListener('abort', () => streams--)
      }
      const asked = headers['last-event-id'] ?? query.after
      const { after, lostBefore } =
        asked === undefined
          ? { after: await tail.newest(), lostBefore: null }
          : await beginBehind(store, Number(asked))
      const isOver = overOf(request, gone)
      const stream = eventStream({
        ...{ tail, clock, after, isOver, isWanted: wantedBy(query), follow },
        mark: () => assignments.writes,
        wait: (ms, writes) => assignments.waitForWrite(ms, { writes, gone }),
      })
      return sendEvents(reply, behindGap(lostBefore, stream))
    },
  })

  function overOf(request: FastifyRequest, gone: AbortSignal): () => Promise<boolean> {
    let looked = clock.now()
    return async () => {
      if (gone.aborted || assignments.closed) return true
      if (clock.now() - looked < GOOD_FOR_MS) return false
      looked = clock.now()
      return !(await isStillGood(actorOf(request), shell))
    }
  }

  async function* behindGap(first: number | null, rest: AsyncIterable<string>): AsyncGenerator<string> {
    if (first !== null) yield gapBlock(first, now())
    yield* rest
  }
}

function wantedBy({ host, rollout }: EventQuery): (row: EventRow) => boolean {
  return (row) =>
    (host === undefined || row.hostId === host) && (rollout === undefined || row.rolloutId === rollout)
}

function goneWith(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.on('close', () => gone.abort())
  // Who left while the credential was looked up will not leave again.
  if (reply.raw.closed || reply.raw.destroyed) gone.abort()
  return gone.signal
}

function sendEvents(reply: FastifyReply, stream: AsyncIterable<string>): FastifyReply {
  reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store')
  // It has the connection for itself, and a proxy must not wait for more of it.
  reply.header('connection', 'close').header('x-accel-buffering', 'no')
  return reply.send(Readable.from(stream, { objectMode: false }) as never)
}

/** How the contract says it: the schema is that of each event's data. */
function serverSent(data: typeof Event): typeof Event {
  const content = { 'text/event-stream': { schema: data } }
  return { description: 'Events, one after the other.', content } as unknown as typeof Event
}
