/** Where a subcommand writes; tests pass their own. */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether what is written may be coloured; not where it is left out. */
  readonly color?: boolean
  /** Where a bar may show how far something long has come; absent where nobody watches. */
  readonly progress?: NodeJS.WriteStream
}

/** What a subcommand leaves with. */
export const EXIT = {
  ok: 0,
  /** The input, or what the command talked to, was at fault. */
  failed: 1,
  /** The command line itself was wrong. */
  usage: 2,
  /** The input is sound, but there is no place for a segment. */
  noHole: 3,
  /** The input is sound, but no rules explain what it shows. */
  unconfirmed: 3,
  /** The input is sound, and the two things that were compared are not the same. */
  differ: 4,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
