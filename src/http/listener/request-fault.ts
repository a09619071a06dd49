import type { IncomingMessage } from 'node:http'
import type { EarlyCode } from './refusal.ts'

/** Units: bytes. Ids are what is long in a path. */
export const MAX_URL = 4096

/** What is wrong with a request that Node takes, and a proxy before this service may take for another one. */
export function faultOf(request: IncomingMessage): EarlyCode | null {
  if ((request.url?.length ?? 0) > MAX_URL) return 'url-too-long'
  return hasVersion(request) && hasOneHost(request) && isFramed(request) ? null : 'malformed-request'
}

function hasVersion({ httpVersionMajor }: IncomingMessage): boolean {
  return httpVersionMajor === 1
}

/** From HTTP/1.1 on there is one; which of two is meant nobody can say. */
function hasOneHost({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

/**
 * Node reads chunks where `chunked` is the last of several encodings, and forgets the others; HTTP/1.0 has none.
 *
 * Source: RFC 9112, 6.1.
 */
function isFramed({ headers, httpVersion }: IncomingMessage): boolean {
  const encoding = headers['transfer-encoding']
  return encoding === undefined || (encoding.toLowerCase() === 'chunked' && httpVersion !== '1.0')
}
