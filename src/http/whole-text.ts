import type { FastifyInstance } from 'fastify'
import type { InputError } from '../wire/problem.ts'
import { RequestFailed } from './failure.ts'

const DETAIL = 'text must hold neither U+0000 nor half of a surrogate pair'

/**
 * Refuses text that no database keeps as it came: PostgreSQL takes no U+0000, and half of a surrogate pair has no
 * UTF-8. Told with its place, before anything is done.
 */
export function wholeText(app: FastifyInstance): void {
  app.addHook('preHandler', async ({ body, query, params }) => {
    const errors = [...tornIn(body, ''), ...tornIn(query, 'query'), ...tornIn(params, 'path')]
    if (errors.length > 0) throw new RequestFailed({ code: 'invalid-input', errors })
  })
}

/** The places of such text. A list and not a call of itself: how deep a body goes is for others to say. */
export function tornIn(value: unknown, pointer: string): InputError[] {
  const errors: InputError[] = []
  const due: { readonly value: unknown; readonly pointer: string }[] = [{ value, pointer }]
  for (let at = due.pop(); at !== undefined; at = due.pop()) {
    if (typeof at.value === 'string') {
      if (!isWhole(at.value))
        errors.push({ pointer: at.pointer || '/', code: 'invalid-text', detail: DETAIL })
    } else if (isPlain(at.value)) {
      for (const [name, inside] of Object.entries(at.value)) {
        const place = `${at.pointer}/${name}`
        if (!isWhole(name)) errors.push({ pointer: at.pointer || '/', code: 'invalid-text', detail: DETAIL })
        else if (typeof inside === 'string' || typeof inside === 'object')
          due.push({ value: inside, pointer: place })
      }
    }
  }
  return errors
}

/** What JSON is made of; a file that was sent is bytes. */
function isPlain(value: unknown): value is object {
  if (Array.isArray(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isWhole(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
