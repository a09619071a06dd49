import { randomBytes } from 'node:crypto'

/** Crockford's base 32: no i, l, o, u, and it sorts as it counts. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_DIGITS = 16

let lastTime = -1
let lastRandom: number[] = []
let turn: number | null = null

export type IdPrefix =
  | 'host'
  | 'snap'
  | 'boot'
  | 'plan'
  | 'enr'
  | 'key'
  | 'pch'
  | 'ev'
  | 'aud'
  | 'exc'
  | 'roll'
  | 'lease'
  | 'health'
  | 'rule'
  | 'pause'
  | 'flk'
  | 'sess'
  | 'hook'
  | 'msg'
  | 'dlv'

/**
 * From here on ids are of this turn to write, whatever the clock says: where several processes take turns, theirs sort
 * in the order of turns.
 *
 * Units: milliseconds since 1970, or later where turns came faster than that.
 */
export function beginTurn(number: number): void {
  turn = number
}

/**
 * A prefixed id that sorts by the time it was made: ten digits of milliseconds, sixteen random ones.
 * Of two made in one millisecond by one process the second is the first plus one.
 */
export function newId(prefix: IdPrefix, now: Date): string {
  const time = turn ?? now.getTime()
  lastRandom =
    time === lastTime ? plusOne(lastRandom) : [...randomBytes(RANDOM_DIGITS)].map((byte) => byte % 32)
  lastTime = time
  return `${prefix}_${timeDigits(time)}${lastRandom.map((digit) => DIGITS[digit]).join('')}`
}

function timeDigits(time: number): string {
  let rest = time
  let digits = ''
  for (let i = 0; i < 10; i++) {
    digits = `${DIGITS[rest % 32]}${digits}`
    rest = Math.floor(rest / 32)
  }
  return digits
}

function plusOne(digits: readonly number[]): number[] {
  const next = [...digits]
  for (let i = next.length - 1; i >= 0; i--) {
    const digit = next[i] ?? 0
    next[i] = (digit + 1) % 32
    if (digit < 31) break
  }
  return next
}
