import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { ProblemCode } from '../../wire/problem-code.ts'
import { problemOf } from '../problems.ts'

/** What can be refused before there is a request that a route could be asked for. */
type EarlyCode = Extract<
  ProblemCode,
  'malformed-request' | 'request-timeout' | 'headers-too-large' | 'url-too-long' | 'unavailable'
>

const DETAILS: Record<EarlyCode, string> = {
  'malformed-request': 'this is not HTTP/1.1',
  'request-timeout': 'the request did not arrive whole in the time that there is for it',
  'headers-too-large': 'the headers are larger than this service takes',
  'url-too-long': 'the URL is longer than this service takes',
  unavailable: 'this process is about to end',
}

/** What is said to a client whose bytes are no request, as HTTP; null where there is nobody left to say it to. */
export function refusalOf(error: NodeJS.ErrnoException): { code: EarlyCode; text: string } | null {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return null
  const code = codeOf(error.code)
  const { status, headers, body } = answerOf(code)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return { code, text: `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}` }
}

/** Answers before anything else looks at the request, and lets the connection go. */
export function refuseAtOnce(response: ServerResponse, code: EarlyCode): void {
  const { status, headers, body } = answerOf(code)
  response.writeHead(status, headers).end(body)
}

function codeOf(code: string | undefined): EarlyCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request'
}

function answerOf(code: EarlyCode) {
  const id = randomUUID()
  const failure = { detail: DETAILS[code], ...(code === 'unavailable' ? { code, retryAfter: 5 } : { code }) }
  const { problem, headers: more } = problemOf(failure, `urn:berth:request:${id}`)
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
