import { keyNamed, request } from './bytes.ts'

/** What is said in place of a request: it is refused, and nothing behind it is taken for one. */
export interface Malformed {
  readonly why: string
  readonly said: string
}

const get = (line: string, ...headers: string[]) => request(line, headers)
const post = (...headers: string[]) =>
  request('POST /v1/agent/enroll HTTP/1.1', ['content-type: application/json', ...headers])
const chunked = (body: string) => post('transfer-encoding: chunked') + body
const LONG = 'x'.repeat(40_000)

type Row = readonly [why: string, said: string]

const LINES: readonly Row[] = [
  ['a method in small letters', get('get /livez HTTP/1.1')],
  ['a method that nobody knows', get('FETCH /livez HTTP/1.1')],
  ['a line without a version', 'GET /livez\r\n\r\n'],
  ['a version that is none', get('GET /livez HTTP/9.9')],
  ['another protocol', get('GET /livez SIP/2.0')],
  ['a space in the path', get('GET /live z HTTP/1.1')],
  ['U+0000 in the path', get('GET /live\0z HTTP/1.1')],
  ['no path', get('GET HTTP/1.1')],
  ['a header without a colon', get('GET /livez HTTP/1.1', 'nonsense')],
  ['a header without a name', get('GET /livez HTTP/1.1', ': x')],
  ['a space before the colon', get('GET /livez HTTP/1.1', 'x-a : b')],
  ['U+0000 in a header', get('GET /livez HTTP/1.1', 'x-a: b\0c')],
  ['a header that goes on in the next line', get('GET /livez HTTP/1.1', 'x-a: b\r\n c')],
  ['a carriage return within a header', get('GET /livez HTTP/1.1', 'x-a: b\rx-c: d')],
  ['lines that end with a line feed alone', 'GET /livez HTTP/1.1\nhost: berth\n\n'],
  ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
  ['two hosts', get('GET /livez HTTP/1.1', 'host: elsewhere.example')],
  [
    'two hosts, the second behind 2,000 headers',
    get('GET /livez HTTP/1.1', ...Array.from({ length: 2000 }, (_, i) => `${i}:`), 'host: x'),
  ],
  ['somebody who takes it for a proxy', get('CONNECT elsewhere.example:443 HTTP/1.1')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['nothing that anybody knows', 'hello\r\n\r\n'],
]

const CHUNKS: readonly Row[] = [
  ['a chunk whose size is no number', chunked('xyz\r\n{}\r\n0\r\n\r\n')],
  ['a chunk of a negative size', chunked('-1\r\n{}\r\n0\r\n\r\n')],
  ['a chunk of more than 64 bits', chunked('fffffffffffffffff\r\n{}\r\n0\r\n\r\n')],
  ['a chunk of a size with 0x', chunked('0x2\r\n{}\r\n0\r\n\r\n')],
  ['a chunk that is longer than it says', chunked('1\r\n{}\r\n0\r\n\r\n')],
  ['a chunk that ends with a line feed alone', chunked('2\n{}\n0\n\n')],
  ['extensions of a chunk without an end', chunked(`2;${LONG}\r\n{}\r\n0\r\n\r\n`)],
  ['trailers without an end', chunked(`2\r\n{}\r\n0\r\nx-a: ${LONG}\r\n\r\n`)],
]

/** Who stands before the service may end these elsewhere than it does: what is behind must not become a request. */
const SMUGGLERS: readonly Row[] = [
  ['a length and chunks', `${post('content-length: 4', 'transfer-encoding: chunked')}0\r\n\r\n`],
  ['chunks and a length', `${post('transfer-encoding: chunked', 'content-length: 4')}0\r\n\r\n`],
  ['two lengths', `${post('content-length: 2', 'content-length: 200')}{}`],
  ['the same length twice', `${post('content-length: 2', 'content-length: 2')}{}`],
  ['a list of lengths', `${post('content-length: 2, 2')}{}`],
  ['a length with a sign', `${post('content-length: +2')}{}`],
  ['a length with 0x', `${post('content-length: 0x2')}{}`],
  ['a length that is negative', `${post('content-length: -2')}{}`],
  ['a length of more than 64 bits', `${post('content-length: 18446744073709551618')}{}`],
  ['an encoding that is not quite chunked', `${post('transfer-encoding: xchunked')}0\r\n\r\n`],
  ['an encoding beside chunks', `${post('transfer-encoding: gzip, chunked')}0\r\n\r\n`],
  ['chunks within chunks', `${post('transfer-encoding: chunked', 'transfer-encoding: chunked')}0\r\n\r\n`],
  ['chunks that are not the last encoding', `${post('transfer-encoding: chunked, identity')}0\r\n\r\n`],
  ['no encoding, by name', `${post('transfer-encoding: identity', 'content-length: 2')}{}`],
  ['an encoding with a space before its colon', `${post('transfer-encoding : chunked')}0\r\n\r\n`],
  ['an encoding behind a vertical tab', `${post('transfer-encoding: \u000bchunked')}0\r\n\r\n`],
  ['an encoding in the next line', `${post('transfer-encoding:\r\n chunked')}0\r\n\r\n`],
  ['a length with a space before its colon', `${post('content-length : 2')}{}`],
  [
    'chunks before there were any',
    `${post('transfer-encoding: chunked').replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n`,
  ],
  ['a chunk that ends behind a line feed', chunked('0\n\n')],
]

/** All of them, each with a request behind it that would make a key. */
export function malformed(admin: string): readonly Malformed[] {
  return [...LINES, ...CHUNKS, ...SMUGGLERS].map(([why, said], i) => ({
    why,
    said: said + keyNamed(`smuggled-${i}`, admin),
  }))
}
