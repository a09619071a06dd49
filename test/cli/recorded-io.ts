import type { Io } from '../../src/cli/io.ts'

/** Keeps what a subcommand writes. */
export function recordedIo(): Io & { stdout(): string; stderr(): string } {
  const out: string[] = []
  const err: string[] = []
  return {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    stdout: () => out.join(''),
    stderr: () => err.join(''),
  }
}
