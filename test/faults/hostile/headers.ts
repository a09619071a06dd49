import type { Random } from '../../fuzz/random.ts'
import { longText } from './json-text.ts'
import type { HostileOperation } from './operations.ts'
import { takesAway } from './target.ts'
import type { Targets } from './targets.ts'

export type Header = [name: string, value: string]

const ACCEPTS = [
  ...['*/*', 'application/json', 'text/plain', 'image/svg+xml', 'text/html', 'application/problem+json', ''],
  ...[
    'text/plain;q=NaN',
    'text/plain;q=0',
    'image/svg+xml;q=1e400,text/plain;q=-1',
    ';q=1',
    ',,,',
    'text/*;q=0.5',
  ],
]
const TAGS = ['*', '"x"', 'W/"x"', '"', '', '*, *', 'x', '"a","b"', '"\u00ff"', ','.repeat(1000)]
/** What a service may take for more than text. */
const MEANT: readonly Header[] = [
  ...(
    ['x-request-id', 'traceparent', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'] as const
  ).map((name): Header => [name, '../../\u00e9"<x>']),
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['x-request-id', 'x'.repeat(100)],
  ['x-request-id', 'x'.repeat(101)],
  ['x-http-method-override', 'DELETE'],
  ['range', 'bytes=0-1,-1'],
  ['last-event-id', '1e400'],
  ['last-event-id', '999999999999999'],
  ['last-event-id', '-1'],
  ['cookie', 'berth_session=x; __proto__=y; =; %'],
  ['cookie', 'a'.repeat(1000)],
  ['origin', 'null'],
  ['origin', 'https://elsewhere.example'],
  ['access-control-request-method', 'DELETE'],
  ['accept-encoding', 'gzip;q=0, *;q=NaN'],
  ['accept-language', '\u00ff'],
  ['if-modified-since', 'Thu, 99 Foo 9999'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['te', 'trailers'],
  ['via', '1.1 x'],
]
/** All headers together have a limit of their own, which is for those who test the protocol. */
const MAX_LONG = 2_000
const KEYS = ['k1', 'k2', 'k3', '', ' ', 'x'.repeat(255), 'x'.repeat(256), '\u00e9', '__proto__', '"', 'a\tb']

/** Headers of a request: the right credential most of the time, so that the rest is read at all. */
export function hostileHeaders(
  op: HostileOperation,
  { targets, etags }: { targets: Targets; etags: readonly string[] },
  random: Random,
): Header[] {
  const headers: Header[] = [
    ['host', random.once(80) ? random.pick(['', 'x:y', '[::1]', 'a'.repeat(300)]) : 'berth'],
  ]
  const credential = credentialFor(op, targets, random)
  if (credential !== null) headers.push(['authorization', credential])
  const tag = (): string =>
    random.once(3) ? random.pick(TAGS) : random.once(3) ? random.pick([...etags, '"x"']) : '*'
  if (op.headers.some(({ name }) => name === 'if-match')) {
    if (!random.once(20)) headers.push(['if-match', tag()])
  } else if (random.once(10)) headers.push([random.pick(['if-match', 'if-none-match']), tag()])
  if (random.once(8))
    headers.push(['idempotency-key', random.once(2) ? random.pick(KEYS) : `k${random.below(1e6)}`])
  if (random.once(4)) headers.push(['accept', random.pick(ACCEPTS)])
  if (op.isFleetlock && !random.once(20))
    headers.push(['fleet-lock-protocol', random.once(20) ? 'TRUE' : 'true'])
  for (let left = random.once(6) ? 1 + random.below(3) : 0; left > 0; left--) headers.push(random.pick(MEANT))
  if (random.once(60)) headers.push(['x-long', longText(random).slice(0, MAX_LONG)])
  if (random.once(100)) headers.push(random.pick(headers))
  return headers.map(([name, value]) => [name, sendable(value)])
}

/** The same without malice. */
export function politeHeaders(op: HostileOperation, targets: Targets, random: Random): Header[] {
  const headers: Header[] = [['host', 'berth'], ['authorization', rightCredential(op, targets, random)]] // prettier-ignore
  if (op.headers.some(({ name }) => name === 'if-match')) headers.push(['if-match', '*'])
  if (op.isFleetlock) headers.push(['fleet-lock-protocol', 'true'])
  if (op.method === 'get' && random.once(3)) headers.push(['accept', random.pick(ACCEPTS.slice(0, 4))])
  return headers
}

function credentialFor(op: HostileOperation, targets: Targets, random: Random): string | null {
  if (random.once(40)) return null
  const { admin, viewer, operator, host, session } = targets
  if (random.once(30)) {
    const torn = [
      `${admin}0`,
      admin.slice(0, -1),
      'x',
      `berth_admin_${'0'.repeat(40)}_${'0'.repeat(100)}`,
      '\u00e9',
      '',
    ]
    return `${random.pick(['Bearer', 'bearer', 'Basic', 'BEARER', ''])} ${random.pick(torn)}`
  }
  if (random.once(15)) return `Bearer ${random.pick([viewer, operator, host, session])}`
  if (op.template.includes('{hostId}') && random.once(8)) return `Bearer ${host}`
  return rightCredential(op, targets, random)
}

function rightCredential(op: HostileOperation, targets: Targets, random: Random): string {
  const { admin, operator, host, session } = targets
  // The admin has made what is to be approved.
  if (op.id === 'approveRollout') return `Bearer ${operator}`
  if (/^(getAssignment|createReport|createCredential)$/.test(op.id)) return `Bearer ${host}`
  if (op.id === 'getSession' || op.id === 'endSession') {
    const spare = targets.spare['session'] ?? []
    return `Bearer ${takesAway(op) ? random.pick(spare) : session}`
  }
  return `Bearer ${admin}`
}

/** As a client may send it: one line, of bytes. */
function sendable(value: string): string {
  const isLatin = /^[\p{Cc}\u0020-\u00ff]*$/u.test(value)
  return Buffer.from(value, isLatin ? 'latin1' : 'utf8')
    .toString('latin1')
    .replace(/(?![\t\u0080-\u009f])\p{Cc}/gu, '')
}
