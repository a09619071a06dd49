/** Numbers that look random and follow from a seed alone. */
export interface Random {
  /** An integer from 0 through `below - 1`. */
  below(below: number): number
}

const MODULUS = 2_147_483_647
const MULTIPLIER = 48_271

/**
 * A multiplicative generator: the same seed gives the same numbers on every machine.
 *
 * Source: S. K. Park, K. W. Miller, P. K. Stockmeyer, CACM 36(7), 1993.
 */
export function seededRandom(seed: number): Random {
  let state = 1 + (Math.abs(Math.trunc(seed)) % (MODULUS - 1))
  const next = (): number => {
    state = (state * MULTIPLIER) % MODULUS
    return state
  }
  for (let i = 0; i < 4; i++) next()
  return { below: (below) => (below <= 1 ? 0 : next() % below) }
}

/** A seed made of a text: a boot's randomness follows from what names the boot. */
export function seedOf(text: string): number {
  let seed = 7
  for (let i = 0; i < text.length; i++) seed = (seed * 31 + text.charCodeAt(i)) % MODULUS
  return seed
}
