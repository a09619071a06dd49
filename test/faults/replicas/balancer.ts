import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Answer, Asked, What } from './history.ts'
import type { Replica } from './replica.ts'

/** A load balancer gives a replica up after so long, and asks another. Units: milliseconds. */
const GIVEN_UP_MS = 5000
const AGAIN_MS = 200
/** With a database that is away for a while a request is worth so many tries. */
const MOST_TRIES = 150

/** A request, as a client means it. */
export interface Wanted {
  readonly client: string
  readonly what: What
  readonly about: string
  /** What nobody else sends. */
  readonly mark?: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly as?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What becomes of it where no answer comes: it is sent again under one key, as it is, or not at all. */
  readonly again: 'keyed' | 'as-it-is' | 'never'
  /** Which replica is asked first; the next in turn where it is left out. */
  readonly at?: number
  /** Sent to two replicas at the same moment. */
  readonly doubled?: boolean
}

export interface Balancer {
  ask(wanted: Wanted): Promise<Asked>
  readonly asked: readonly Asked[]
  /** How many requests were sent. */
  readonly sent: number
  /** Resolves when every request that was given up has come to an end. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** Sends requests to replicas in turn, as a load balancer does: where one fails, another is asked. */
export function balancer(replicas: readonly Replica[], now: () => number): Balancer {
  const agent = new Agent({ connections: 100, headersTimeout: 300_000, bodyTimeout: 300_000 })
  const asked: Asked[] = []
  const underWay = new Set<Promise<unknown>>()
  let turn = 0
  let sent = 0

  function next(): Replica {
    const up = replicas.filter((one) => one.isUp)
    const among = up.length > 0 ? up : replicas
    return among[turn++ % among.length] as Replica
  }

  /** Null where no answer came. */
  async function send(to: Replica, wanted: Wanted, id: string): Promise<(Answer & { etag: string }) | null> {
    sent += 1
    const { method, path, as, body, again, headers } = wanted
    try {
      const answer = await request(`${to.url}${path}`, {
        method,
        dispatcher: agent,
        headers: {
          'x-request-id': id,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(as !== undefined && { authorization: `Bearer ${as}` }),
          ...(again === 'keyed' && { 'idempotency-key': id }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      const { statusCode: status, headers: got } = answer
      return { replica: to.number, at: now(), status, body: text, etag: String(got['etag'] ?? '') }
    } catch {
      return null
    }
  }

  return {
    asked,
    get sent() {
      return sent
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    close: () => agent.destroy(),
    ask: async (wanted) => {
      const id = randomUUID()
      const { client, what, about, mark = '', again } = wanted
      const answers: Answer[] = []
      const began = now()
      let good: (Answer & { etag: string }) | null = null

      /** One try; null where it failed, or takes too long: its answer is heard all the same. */
      async function tried(to: Replica): Promise<(Answer & { etag: string }) | null> {
        const coming = send(to, wanted, id).then((answer) => {
          if (answer) answers.push(answer)
          return answer
        })
        underWay.add(coming)
        void coming.finally(() => underWay.delete(coming))
        // What is sent without a key must have come to its end before it is sent again.
        const answer = await (again === 'keyed' ? Promise.race([coming, sleep(GIVEN_UP_MS, null)]) : coming)
        return answer && isFinal(answer) ? answer : null
      }

      for (let tries = 0; good === null && tries < MOST_TRIES; tries++) {
        if (tries > 0) await sleep(AGAIN_MS)
        const first = wanted.at === undefined || tries > 0 ? next() : (replicas[wanted.at] as Replica)
        good = wanted.doubled
          ? ((await Promise.all([tried(first), tried(next())])).find((answer) => answer !== null) ?? null)
          : await tried(first)
        if (again === 'never') break
      }
      const told = { status: good?.status ?? null, body: good?.body ?? '', etag: good?.etag ?? '' }
      const one = { id, client, what, about, mark, began, ended: now(), ...told, answers }
      asked.push(one)
      return one
    },
  }
}

/** Another try can come to something else. */
function isFinal({ status, body }: Answer): boolean {
  return status < 500 && !(status === 409 && body.includes('"request-in-flight"'))
}
