/** A stream that is not what an export writes. Nothing of it is kept. */
export class StreamRefused extends Error {
  constructor(line: number, expected: string, found: string) {
    super(`line ${line}: expected ${expected}, found ${found}; nothing was imported`)
  }
}

const LONGEST = 60

/** What stands somewhere, short enough for a sentence, and without what a terminal would obey. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain
}
