import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { ProblemCode } from '../../wire/problem-code.ts'
import type { Failure } from '../failure.ts'
import { problemOf } from '../problems.ts'

/** What can be refused before there is a request that a route could be asked for. */
export type EarlyCode = Extract<
  ProblemCode,
  | 'malformed-request'
  | 'method-not-allowed'
  | 'request-timeout'
  | 'headers-too-large'
  | 'url-too-long'
  | 'unavailable'
>

const FAILURES: Record<EarlyCode, Failure> = {
  'malformed-request': { code: 'malformed-request', detail: 'this is not HTTP/1.1' },
  'method-not-allowed': { code: 'method-not-allowed', method: 'CONNECT', allow: [] },
  'request-timeout': {
    code: 'request-timeout',
    detail: 'the request did not arrive whole in the time that there is for it',
  },
  'headers-too-large': {
    code: 'headers-too-large',
    detail: 'the headers are larger than this service takes',
  },
  'url-too-long': { code: 'url-too-long', detail: 'the URL is longer than this service takes' },
  unavailable: { code: 'unavailable', detail: 'this process is about to end', retryAfter: 5 },
}

/** What a client is told whose bytes are no request; null where there is nobody left to tell. */
export function refusalOf({ code }: NodeJS.ErrnoException): EarlyCode | null {
  if (code === 'ECONNRESET' || code === 'EPIPE') return null
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request'
}

/** The whole answer, as HTTP. */
export function refusalText(code: EarlyCode): string {
  const { status, headers, body } = answerOf(code)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
}

/** Answers before anything else looks at the request, and lets the connection go. */
export function refuseAtOnce(response: ServerResponse, code: EarlyCode): void {
  const { status, headers, body } = answerOf(code)
  response.writeHead(status, headers).end(body)
}

function answerOf(code: EarlyCode) {
  const id = randomUUID()
  const { problem, headers: more } = problemOf(FAILURES[code], `urn:berth:request:${id}`)
  const body = JSON.stringify(problem)
  const headers = {
    ...more,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': id,
    'x-content-type-options': 'nosniff',
    connection: 'close',
  }
  return { status: problem.status, headers, body }
}
