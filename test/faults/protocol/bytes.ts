/** The bytes of a request, well or ill. */
export function request(line: string, headers: readonly string[] = [], body = ''): string {
  return [line, 'host: berth', ...headers, '', body].join('\r\n')
}

export const CLOSE = 'connection: close'

export interface Posted {
  readonly path: string
  readonly as?: string
  readonly id: string
  readonly body: object
  readonly headers?: readonly string[]
}

/** A write that works, with its length. */
export function posted({ path, as, id, body, headers = [] }: Posted): string {
  const text = JSON.stringify(body)
  const own = as === undefined ? [] : [`authorization: Bearer ${as}`]
  const about = ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]
  return request(`POST ${path} HTTP/1.1`, [...own, ...about, `x-request-id: ${id}`, ...headers], text)
}

/** The same in chunks, whose borders `random` gives. */
export function chunked(post: Posted, below: (n: number) => number): string {
  const [head = '', text = ''] = posted(post).split('\r\n\r\n')
  const lines = head
    .split('\r\n')
    .map((line) => (/^content-length/.test(line) ? 'transfer-encoding: chunked' : line))
  let chunks = ''
  for (let at = 0; at < text.length;) {
    const part = text.slice(at, at + 1 + below(text.length))
    chunks += `${part.length.toString(16)}\r\n${part}\r\n`
    at += part.length
  }
  return `${lines.join('\r\n')}\r\n\r\n${chunks}0\r\n\r\n`
}

/** Makes a key that is known by its name. */
export function keyNamed(name: string, as: string, ...headers: readonly string[]): string {
  return posted({ path: '/v1/keys', as, id: name, body: { role: 'viewer', name }, headers })
}

export function got(path: string, as: string | null, id: string, ...headers: readonly string[]): string {
  const own = as === null ? [] : [`authorization: Bearer ${as}`]
  return request(`GET ${path} HTTP/1.1`, [...own, `x-request-id: ${id}`, ...headers])
}
