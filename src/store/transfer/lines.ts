import { createHash } from 'node:crypto'
import { StreamRefused } from './refused.ts'

/** The longest row has a snapshot's files, gzipped and in base64. Whoever sends a longer line fills memory. Units: bytes. */
const LONGEST_LINE = 128 * 1024 * 1024
const NEWLINE = 0x0a

export interface Line {
  /** Counted from 1. */
  readonly number: number
  readonly text: string
  /** SHA-256 over every byte before this line, in hex. */
  before(): string
}

/**
 * The lines of a stream, one at a time: no more is held than the longest of them.
 *
 * Errors: `StreamRefused` on a line that is too long, that is not UTF-8, or that nothing ends.
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array | string>,
  longest = LONGEST_LINE,
): AsyncGenerator<Line, void, undefined> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let parts: Buffer[] = []
  let length = 0
  let number = 1
  const grown = (part: Buffer): void => {
    parts.push(part)
    length += part.length
    if (length > longest)
      throw new StreamRefused(number, `a line of at most ${longest} bytes`, 'a longer one')
  }
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk as Uint8Array)
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      grown(rest.subarray(0, at + 1))
      rest = rest.subarray(at + 1)
      const bytes = Buffer.concat(parts)
      ;[parts, length] = [[], 0]
      yield { number, text: textOf(bytes.subarray(0, -1), number), before: () => hash.copy().digest('hex') }
      hash.update(bytes)
      number++
    }
    if (rest.length > 0) grown(rest)
  }
  if (length > 0) throw new StreamRefused(number, 'a whole line', 'the end of the stream: it was cut off')

  function textOf(bytes: Uint8Array, line: number): string {
    try {
      return decoder.decode(bytes)
    } catch {
      throw new StreamRefused(line, 'UTF-8', 'other bytes')
    }
  }
}
