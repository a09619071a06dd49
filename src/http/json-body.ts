import type { FastifyInstance } from 'fastify'
import { RequestFailed } from './failure.ts'

/** The deepest request of the contract has half of it. What is nested without end costs memory, and the stack of whoever walks it. */
export const MAX_DEPTH = 32

/** Reads JSON as Fastify does, and refuses what is nested deeper than any request, before anything is made of it. */
export function readJson(app: FastifyInstance): void {
  const parse = parserOf(app)
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isDeeperThan(MAX_DEPTH, body)) return done(tooDeep('body'))
    return parse(request, body, done)
  })
}

/** The same for one line of a body that is read line by line. Errors: `malformed-body`. */
export function lineParser(app: FastifyInstance): (text: string) => unknown {
  const parse = parserOf(app)
  return (text) => {
    if (isDeeperThan(MAX_DEPTH, text)) throw tooDeep('line')
    let read: { readonly value?: unknown } | null = null
    // It is done when it returns, and asks nothing of a request.
    void parse({} as never, text, (error, value) => (read = error ? null : { value }))
    if (read === null) throw new RequestFailed({ code: 'malformed-body', detail: 'the line is not JSON' })
    return (read as { readonly value?: unknown }).value
  }
}

function parserOf(app: FastifyInstance) {
  return app.getDefaultJsonParser('error', 'error')
}

function tooDeep(what: string): RequestFailed {
  const detail = `the ${what} is nested deeper than ${MAX_DEPTH} levels`
  return new RequestFailed({ code: 'malformed-body', detail })
}

/**
 * Whether arrays and objects are open in more than `levels` at once. Strings are jumped over: most of a snapshot is in them.
 * What is no JSON may be told to be deep or not: it is refused either way.
 */
export function isDeeperThan(levels: number, text: string): boolean {
  const mark = /["[\]{}]/g
  let open = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [sign] = found
    if (sign === '"') mark.lastIndex = afterString(text, mark.lastIndex)
    else if (sign === ']' || sign === '}') open -= 1
    else if (++open > levels) return true
  }
  return false
}

/** Behind the quote that ends a string. */
function afterString(text: string, from: number): number {
  let quote = text.indexOf('"', from)
  while (quote >= 0 && isEscaped(text, from, quote)) quote = text.indexOf('"', quote + 1)
  return quote < 0 ? text.length : quote + 1
}

function isEscaped(text: string, from: number, at: number): boolean {
  let slashes = 0
  while (at - 1 - slashes >= from && text[at - 1 - slashes] === '\\') slashes += 1
  return slashes % 2 === 1
}
