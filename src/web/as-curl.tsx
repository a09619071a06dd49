/** One read of the API that a page was made from, or a write that a form would do. */
export interface Call {
  readonly method: string
  /** Path and query, from `/v1` on. */
  readonly path: string
  readonly accept?: string
  /** JSON. */
  readonly body?: string
}

/** The calls behind a page, ready for a terminal: `BERTH_KEY` is a key of one's own. */
export function AsCurl({ calls, origin }: { readonly calls: readonly Call[]; readonly origin: string }) {
  if (calls.length === 0) return null
  return (
    <details class="curl">
      <summary>This page as curl</summary>
      <pre tabIndex={0}>
        <code>{calls.map((call) => curlOf(call, origin)).join('\n')}</code>
      </pre>
      <button type="button" class="quiet" data-copy="previous" hidden>
        Copy
      </button>
    </details>
  )
}

/** One call as a line for a shell. */
export function curlOf({ method, path, accept, body }: Call, origin: string): string {
  const words = ['curl', '-sS', '-H "Authorization: Bearer $BERTH_KEY"']
  if (method !== 'GET' && !(method === 'POST' && body !== undefined)) words.push('-X', method)
  if (accept !== undefined && accept !== 'application/json') words.push('-H', quoted(`Accept: ${accept}`))
  if (body !== undefined) words.push('-H', quoted('Content-Type: application/json'), '-d', quoted(body))
  return [...words, quoted(origin + path)].join(' ')
}

/** A shell takes everything between single quotes as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
