import type { Random } from '../../fuzz/random.ts'
import type { Api } from '../../http/api.ts'
import { operations, requestFor } from '../../http/world.ts'
import { hostileBody, politeBody } from './body.ts'
import { hostileHeaders, politeHeaders, type Header } from './headers.ts'
import type { HostileOperation } from './operations.ts'
import { hostileTarget, politeTarget, type Cursors } from './target.ts'
import type { Targets } from './targets.ts'

export interface HostileRequest {
  readonly op: HostileOperation
  readonly method: string
  readonly target: string
  readonly headers: readonly Header[]
  readonly body: Buffer | null
}

/** What the generator knows: its targets, and what earlier answers told. */
export interface Aim {
  readonly targets: Targets
  readonly cursors: Cursors
  readonly etags: readonly string[]
  readonly bodyLimit: number
}

const METHODS = ['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'TRACE', 'PROPFIND', 'QUERY']

/** Hostile in one place, so that the rest gets it there, or in every place. */
const PLACES = ['target', 'headers', 'body', 'body', 'all', 'all'] as const

export function hostileRequest(op: HostileOperation, aim: Aim, random: Random): HostileRequest {
  const { targets } = aim
  const place = random.pick(PLACES)
  const isIn = (one: (typeof PLACES)[number]) => place === one || place === 'all'
  const method = place === 'all' && random.once(25) ? random.pick(METHODS) : op.method.toUpperCase()
  const target = isIn('target') ? hostileTarget(op, aim, random) : politeTarget(op, targets, random)
  const headers = isIn('headers') ? hostileHeaders(op, aim, random) : politeHeaders(op, targets, random)
  const usual = usualBody(op, targets)
  const body = isIn('body') ? hostileBody(op, usual, aim, random) : politeBody(op, usual, aim, random)
  if (body === null) {
    // A write without a body says so, or says nothing.
    if (op.body !== null && random.once(2)) headers.push(['content-length', '0'])
    return { op, method, target, headers, body: null }
  }
  if (body.type !== null) headers.push(['content-type', body.type])
  if (body.encoding !== undefined) headers.push(['content-encoding', body.encoding])
  const isChunked = isIn('body') && random.once(12)
  headers.push(isChunked ? ['transfer-encoding', 'chunked'] : ['content-length', String(body.bytes.length)])
  return { op, method, target, headers, body: isChunked ? chunked(body.bytes, random) : body.bytes }
}

/** The bytes on the wire. */
export function bytesOf({ method, target, headers, body }: HostileRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return body ? Buffer.concat([head, body]) : head
}

const usual = new Map(operations.map((op) => [op.id, op]))

/** The body that works. */
function usualBody({ id, isFleetlock }: HostileOperation, targets: Targets): unknown {
  if (isFleetlock) return { client_params: { id: 'node-1', group: 'locked' } }
  const op = usual.get(id)
  // Of the API only the admin's key is asked for.
  return op && requestFor(op, { admin: targets.admin } as Api, targets.world, targets.params).body
}

function chunked(bytes: Buffer, random: Random): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const size = Math.min(bytes.length - at, 1 + random.below(bytes.length))
    parts.push(Buffer.from(`${size.toString(16)}\r\n`), bytes.subarray(at, at + size), Buffer.from('\r\n'))
    at += size
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
