import type { Draws } from '../machine/boot-variation.ts'
import { seededRandom, seedOf } from '../machine/random.ts'
import { sha256 } from '../agent/sha256.ts'

/** The randomness of one boot of one host: the same under every strategy. */
export interface BootDraws {
  readonly draws: Draws
  /** For the emulated machine. */
  readonly seed: number
  readonly bootId: string
}

export function drawsOf(seed: number, host: string, boot: number): BootDraws {
  const name = `${seed} ${host} ${boot}`
  const digits = sha256(name)
  return {
    draws: (what) => seededRandom(seedOf(sha256(`${name} ${what}`))),
    seed: seedOf(digits),
    bootId: [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `8${digits.slice(17, 20)}`,
      digits.slice(20, 32),
    ].join('-'),
  }
}
