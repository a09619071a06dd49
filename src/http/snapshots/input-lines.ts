const NEWLINE = 0x0a

/** One line of what somebody sends. */
export interface InputLine {
  /** From 1 on; empty ones count. */
  readonly number: number
  /** Without its end; null where it was longer than a line may be, and nothing of it was kept. */
  readonly bytes: Buffer | null
}

/**
 * The lines of a stream, each as soon as it is whole. What has no bytes but blanks is no line. No more is held than one line and what came with
 * its end.
 *
 * Units: `most` bytes of a line. Errors: those of the stream; a line that broke off with it is not given.
 */
export async function* inputLines(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<InputLine> {
  let number = 1
  let kept: Buffer[] = []
  let length = 0
  const keep = (part: Buffer): void => {
    length += part.length
    if (length > most) kept = []
    else kept.push(part)
  }
  const whole = (): InputLine => {
    const line = { number: number++, bytes: length > most ? null : Buffer.concat(kept) }
    kept = []
    length = 0
    return line
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at))
      from = at + 1
      const line = whole()
      if (!isBlank(line)) yield line
    }
    keep(chunk.subarray(from))
  }
  const last = whole()
  if (!isBlank(last)) yield last
}

function isBlank({ bytes }: InputLine): boolean {
  return bytes !== null && bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
