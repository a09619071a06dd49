import type { WireAnswer } from '../wire.ts'
import type { Heard } from './talk.ts'

/** An answer that is due: to which request, and what it may say. */
export interface Due {
  readonly id: string
  readonly statuses: readonly number[]
}

/** What an answer may not tell: where the code lies, what it runs on. */
const TELLS = /node_modules|\n? {4}at |PrismaClient|SQLITE_|libsql|[\w-]+\.ts:\d+/
/** How bytes that are no request are refused. */
const EARLY = [400, 405, 408, 413, 414, 431]

/** What is wrong with an answer, whatever it is an answer to. */
export function formFaults({ status, headers, body, isWhole }: WireAnswer): string[] {
  if (!isWhole) return [`${status} is torn`]
  if (status >= 500 && (status !== 503 || headers['retry-after'] === undefined)) return [`answers ${status}`]
  if (status < 400) return status < 200 ? [`answers ${status}`] : []
  const text = body.toString()
  if (TELLS.test(text)) return [`${status} tells of its inside`]
  const type = (headers['content-type'] ?? '').split(';')[0]
  if (type === 'application/json')
    return 'kind' in objectIn(text) ? [] : [`${status} is no refusal of FleetLock`]
  if (type !== 'application/problem+json') return [`${status} as ${type}`]
  const problem = objectIn(text)
  if (headers['x-request-id'] === undefined) return [`${status} without a request id`]
  return problem['status'] === status && typeof problem['code'] === 'string'
    ? []
    : [`${status} is no problem: ${text}`]
}

/** Each request has its answer, in order and whole, and there is none beside them. */
export function orderFaults(due: readonly Due[], { answers, rest }: Heard): string[] {
  const wrong = due.flatMap(({ id, statuses }, i) => {
    const answer = answers[i]
    if (!answer) return [`${id} has no answer`]
    const shown = answer.headers['x-request-id']
    if (shown !== id) return [`${id} has the answer to ${shown}`]
    const isRight = statuses.includes(answer.status)
    return [
      ...formFaults(answer),
      ...(isRight ? [] : [`${id} is answered ${answer.status}: ${answer.body.subarray(0, 300).toString()}`]),
    ]
  })
  const more = answers.length - due.length
  return [...wrong, ...(more > 0 ? [`${more} answers too many`] : []), ...restFaults(rest)]
}

/** As in order; and behind them one refusal of what was no request, in its own name. */
export function refusedFaults(
  due: readonly Due[],
  { answers, rest }: Heard,
  statuses: readonly number[] = EARLY,
): string[] {
  const last = answers[due.length]
  const before = orderFaults(due, { answers: answers.slice(0, due.length), rest })
  if (!last) return [...before, 'what is no request is not refused']
  const more = answers.length - due.length - 1
  const isRight = statuses.includes(last.status)
  return [
    ...before,
    ...formFaults(last),
    ...(isRight ? [] : [`what is no request is answered ${last.status}`]),
    ...(last.headers['connection'] === 'close' ? [] : ['the connection goes on behind what is no request']),
    ...(more > 0 ? [`${more} answers behind the refusal`] : []),
  ]
}

/** A client that has left hears nothing, or the beginning of what is due; an answer is whole or not there. */
export function leftFaults(due: readonly Due[], heard: Heard): string[] {
  return orderFaults(due.slice(0, heard.answers.length), heard)
}

/** Who cut his request off hears nothing, or that it was none. */
export function cutFaults(heard: Heard): string[] {
  return heard.answers.length === 0 ? restFaults(heard.rest) : refusedFaults([], heard)
}

function restFaults(rest: string): string[] {
  return rest === '' ? [] : [`bytes that are no answer: ${rest.slice(0, 80)}`]
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
