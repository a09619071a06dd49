import type { Tally } from './tally.ts'

/** A tally as it stands in a file. */
export type Kept = Tally & { readonly engine: string }

export const KINDS: readonly string[]
export function talliesIn(file: string): Kept[]
export function faultsIn(all: readonly Kept[], kinds: readonly string[]): string[]
export function printTable(all: readonly Kept[]): void
