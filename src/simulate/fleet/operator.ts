import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import type { Clock } from './clock.ts'
import { WIRE_DOMAIN } from './wire.ts'

export interface Said {
  readonly status: number
  readonly body: unknown
  readonly etag: string | null
}

/** Somebody with a key who asks again while the service is away. */
export interface Operator {
  ask(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    match?: string,
  ): Promise<Said>
  /** The same, where anything but a success is the end of the simulation. */
  must(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    match?: string,
  ): Promise<Said>
  /** All items of a list. */
  all<T>(path: string): Promise<T[]>
}

const AGAIN_MS = 7_000

export function fleetOperator(clock: Clock, key: () => string, name = 'operator'): Operator {
  const ask: Operator['ask'] = async (method, path, body, match) => {
    const once = randomUUID()
    for (;;) {
      try {
        const answer = await request(`http://${name}.${WIRE_DOMAIN}/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${key()}`,
            ...(method === 'POST' && { 'idempotency-key': once }),
            ...(body && { 'content-type': 'application/json' }),
            ...(match !== undefined && { 'if-match': match }),
          },
          body: body ? JSON.stringify(body) : null,
        })
        const text = await answer.body.text()
        const { etag } = answer.headers
        if (answer.statusCode < 500)
          return {
            status: answer.statusCode,
            body: text === '' ? null : JSON.parse(text),
            etag: typeof etag === 'string' ? etag : null,
          }
      } catch {
        // The service is away, and comes back.
      }
      await clock.sleep(AGAIN_MS)
    }
  }
  const must: Operator['must'] = async (method, path, body, match) => {
    const said = await ask(method, path, body, match)
    if (said.status >= 300) throw new Error(`${method} ${path}: ${said.status} ${JSON.stringify(said.body)}`)
    return said
  }
  return {
    ask,
    must,
    async all<T>(path: string) {
      const items: T[] = []
      for (let cursor: string | null = null; ;) {
        const more = `${path.includes('?') ? '&' : '?'}limit=500${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
        const { body } = await must('GET', `${path}${more}`)
        const page = body as { items: T[]; next_cursor?: string | null }
        items.push(...page.items)
        cursor = page.next_cursor ?? null
        if (cursor === null) return items
      }
    },
  }
}
