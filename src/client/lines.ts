/**
 * The lines of an NDJSON answer, each parsed as soon as it is there.
 *
 * Errors: throws where a line is not JSON, or where the answer breaks off.
 */
export async function* lines<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
    const whole = (rest + text).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) if (line !== '') yield JSON.parse(line) as T
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as T
}
