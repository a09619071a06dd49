import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { newId } from '../store/new-id.ts'
import type { Rows, Store } from '../store/open-store.ts'
import { actorName, actorOf } from './actor.ts'
import type { Assignments } from './rollouts/assignments.ts'
import { RequestFailed, type Failure } from './failure.ts'
import { sealed, unsealed } from './sealed.ts'

/** For so long a repeated request gets the answer that it got first. */
const KEPT_MS = 24 * 3600 * 1000
/** How often what is older is forgotten: a statement for every write would cost more than the rows. */
const FORGET_EVERY_MS = 60_000
const KEY_FORM = /^[\x21-\x7e]{1,255}$/

/** What a write answers, as the bytes that will be sent. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a write works with: the rows of its transaction, one time for all it writes, and the audit. */
export interface Writing {
  readonly rows: Rows
  readonly at: Date
  readonly actor: string
  /** `by`: who does it, where it is not who asks. */
  audit(action: string, target: string, detail?: Record<string, unknown>, by?: string): Promise<void>
  /** Wakes the host's agent, once all of this is committed. */
  announce(hostId: string): void
}

/** An answer, or a refusal that has an effect which must be kept all the same. */
export type Outcome = Answer | { readonly kept: Failure }

export type Write = (
  request: FastifyRequest,
  reply: FastifyReply,
  work: (writing: Writing) => Promise<Outcome>,
  /** What seals the answer when nobody is logged in, or when it tells a host a secret. */
  secret?: string,
) => Promise<FastifyReply>

export interface Writers {
  readonly store: Store
  readonly now: () => Date
  readonly assignments: Assignments
}

/** Runs an effect that has no answer of its own, in one transaction: what is due by time, or a grant. */
export async function effect<T>(
  { store, now, assignments }: Writers,
  request: FastifyRequest,
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const woken = new Set<string>()
  // What has failed may be kept all the same.
  let mayLetGo = true
  const done = await store
    .write(
      async (rows) => {
        const result = await work(writingOf(request, rows, { at: now(), woken }))
        mayLetGo = rows.standing.isTouched()
        return result
      },
      () => [...woken],
    )
    .finally(() => assignments.written(mayLetGo))
  woken.forEach(assignments.announce)
  return done
}

/**
 * Runs every write of the service: effect, audit and the answer for a repeated request commit together.
 *
 * Errors: `request-in-flight` while the first request with that key runs, `idempotency-key-reused` for a
 * key that came with another request; whatever `work` throws undoes all of it.
 */
export function writer({ store, now, assignments }: Writers): Write {
  const inFlight = new Set<string>()
  let forgotten = -Infinity
  const forget = async (rows: Rows, at: number): Promise<void> => {
    if (Math.abs(at - forgotten) < FORGET_EVERY_MS) return
    await rows.idempotency.forgetBefore(new Date(at - KEPT_MS + 1))
    forgotten = at
  }
  return async (request, reply, work, secret) => {
    const seal = sealOf(request, secret)
    if (seal && inFlight.has(seal.id)) {
      throw new RequestFailed({
        code: 'request-in-flight',
        detail: 'the first request with this key still runs',
      })
    }
    if (seal) inFlight.add(seal.id)
    try {
      const woken = new Set<string>()
      let mayLetGo = true
      const answered = async (rows: Rows): Promise<Outcome> => {
        // Not before: whoever waited for his turn would tell of a time in which others wrote.
        const at = now()
        const first = seal && (await repeated(rows, seal, at))
        if (first) return first
        const outcome = await work(writingOf(request, rows, { at, woken }))
        if (seal && !('kept' in outcome)) {
          await forget(rows, at.getTime())
          await keep(rows, seal, outcome, at)
        }
        return outcome
      }
      const noted = async (rows: Rows): Promise<Outcome> => {
        const outcome = await answered(rows)
        mayLetGo = rows.standing.isTouched()
        return outcome
      }
      const outcome = await store.write(noted, () => [...woken]).finally(() => assignments.written(mayLetGo))
      woken.forEach(assignments.announce)
      if ('kept' in outcome) throw new RequestFailed(outcome.kept)
      return sendJson(reply, outcome)
    } finally {
      if (seal) inFlight.delete(seal.id)
    }
  }
}

/** Sends JSON that is text already, as it is. */
export function sendJson(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(body)
}

function writingOf(
  request: FastifyRequest,
  rows: Rows,
  { at, woken }: { at: Date; woken: Set<string> },
): Writing {
  const actor = actorName(request)
  return {
    rows,
    at,
    actor,
    audit: async (action, target, detail = {}, by = actor) => {
      const id = newId('aud', at)
      await rows.audit.append({ id, at, actor: by, action, target, detail, requestId: request.id })
    },
    announce: (hostId) => void woken.add(hostId),
  }
}

interface Seal {
  readonly id: string
  readonly requestHash: string
  readonly key: Buffer
}

function sealOf(request: FastifyRequest, given?: string): Seal | null {
  const key = request.headers['idempotency-key']
  // What other methods write is the same when it is written twice, or guarded by If-Match.
  if (key === undefined || request.method !== 'POST') return null
  if (typeof key !== 'string' || !KEY_FORM.test(key)) {
    const error = {
      pointer: 'header/idempotency-key',
      code: 'invalid-format',
      detail: '1 to 255 printable characters',
    }
    throw new RequestFailed({ code: 'invalid-input', errors: [error] })
  }
  const actor = actorOf(request)
  // A host changes its credential and repeats itself after that: its own secret seals only what tells another.
  const secret = given ?? (actor?.kind === 'key' ? actor.secret : '')
  return {
    id: digest('id', actorName(request), actor ? '' : (given ?? ''), key).toString('hex'),
    requestHash: digest(
      'request',
      request.method,
      request.url,
      JSON.stringify(request.body ?? null),
    ).toString('hex'),
    key: digest('seal', secret, key),
  }
}

async function repeated(rows: Rows, seal: Seal, at: Date): Promise<Answer | null> {
  const row = await rows.idempotency.get(seal.id)
  if (!row) return null
  if (at.getTime() - row.createdAt.getTime() >= KEPT_MS) {
    // The answer of today takes its place.
    await rows.idempotency.forgetBefore(new Date(at.getTime() - KEPT_MS + 1))
    return null
  }
  if (row.requestHash !== seal.requestHash) {
    throw new RequestFailed({
      code: 'idempotency-key-reused',
      detail: 'this key came with another request before',
    })
  }
  const answer = unsealed(Buffer.from(row.answer), seal.key)
  if (answer === null) {
    throw new RequestFailed({
      code: 'idempotency-key-reused',
      detail: 'this key came with another credential before',
    })
  }
  const { body, headers } = JSON.parse(answer) as Answer
  return { status: row.status, body, ...(headers && { headers }) }
}

async function keep(rows: Rows, seal: Seal, { status, body, headers }: Answer, at: Date): Promise<void> {
  // It may hold a credential, which is shown once and kept nowhere: only who asked can open it again.
  const answer = Uint8Array.from(sealed(JSON.stringify({ body, headers }), seal.key))
  await rows.idempotency.insert({ id: seal.id, requestHash: seal.requestHash, status, answer, createdAt: at })
}

function digest(...parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest()
}
