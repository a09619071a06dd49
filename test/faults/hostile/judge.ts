import { validate } from '../../http/api.ts'
import type { WireAnswer } from '../wire.ts'
import { escaped, OPERATIONS, type HostileOperation } from './operations.ts'
import type { HostileRequest } from './request.ts'

/** Why an answer is wrong; null for a right one. */
export type Verdict = string | null

/** What an answer may not tell: where the code lies, what it runs on. */
const TELLS = /node_modules|\n? {4}at |PrismaClient|SQLITE_|libsql|[\w-]+\.ts:\d+/

const EARLY = /"code":"(malformed-request|headers-too-large|url-too-long)"/

interface Routed {
  readonly op: HostileOperation
  readonly pattern: RegExp
}

/** A path without parameters wins over one that has them. */
const ROUTES: readonly Routed[] = OPERATIONS.map((op) => ({
  op,
  pattern: new RegExp(`^${op.template.replace(/\{[^}]+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
})).sort((a, b) => a.op.template.split('{').length - b.op.template.split('{').length)

/** The operation that answers, which is not the one that was meant where the path was spoilt. */
function routed({ method, target }: HostileRequest): HostileOperation | null {
  const [path = ''] = target.split(/[?#]/)
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
  return ROUTES.find(({ op, pattern }) => op.method === verb && pattern.test(path))?.op ?? null
}

/** Holds an answer against the contract. */
export function judge(request: HostileRequest, answer: WireAnswer): Verdict {
  const { status, headers, body } = answer
  const type = (headers['content-type'] ?? '').split(';')[0] ?? ''
  const isFailure = status >= 400
  if (status >= 500 && (status !== 503 || !headers['retry-after'])) return `answers ${status}`
  if (({} as { polluted?: unknown }).polluted !== undefined) return 'prototype polluted'
  if (isFailure && TELLS.test(body.toString())) return 'tells of its inside'
  if (request.method === 'HEAD') return body.length === 0 ? null : 'a body where there is none'
  // What is refused before it is a request is of no route, and answered alike wherever it goes.
  if (type === 'application/problem+json' && EARLY.test(body.toString()))
    return failureForm(answer, type, false)
  const isFleetlock = request.target.startsWith('/fleetlock/')
  const op = routed(request)
  if (!op) return isFailure && type !== 'text/html' ? failureForm(answer, type, isFleetlock) : null
  if (isFailure) {
    const wrong = failureForm(answer, type, isFleetlock)
    if (wrong !== null) return wrong
  }
  return documented(op, answer, type)
}

function failureForm({ status, headers, body }: WireAnswer, type: string, isFleetlock: boolean): Verdict {
  if (isFleetlock) {
    return type === 'application/json'
      ? fits('#/components/schemas/FleetlockRefusal', body)
      : `${status} as ${type}`
  }
  if (type !== 'application/problem+json') return `${status} as ${type}: ${body.subarray(0, 100).toString()}`
  if (!headers['x-request-id']) return `${status} without a request id`
  return fits('#/components/schemas/Problem', body)
}

function documented(op: HostileOperation, answer: WireAnswer, type: string): Verdict {
  const { status, body } = answer
  const shown = op.responses[status]
  if (!shown) return `${status} is not documented: ${body.subarray(0, 200).toString()}`
  if (!shown.content) return body.length === 0 ? null : `${status} has a body`
  if (!(type in shown.content)) return `${status} has the undocumented type ${type}`
  const schema = `${op.pointer}/responses/${status}/content/${escaped(type)}/schema`
  if (type === 'application/x-ndjson') return firstWrong(schema, body.toString().split('\n').slice(0, -1))
  if (type === 'text/event-stream') {
    return firstWrong(schema, [...body.toString().matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data)) // prettier-ignore
  }
  return type.endsWith('json') ? fits(schema, body) : null
}

function firstWrong(schema: string, lines: readonly string[]): Verdict {
  for (const line of lines) {
    const wrong = fits(schema, Buffer.from(line))
    if (wrong !== null) return wrong
  }
  return null
}

function fits(schema: string, body: Buffer): Verdict {
  try {
    const content = JSON.parse(body.toString()) as { status?: unknown }
    validate(schema, content, 'the answer')
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
