import { randomBytes } from 'node:crypto'

/** Crockford's base 32: no i, l, o, u, and it sorts as it counts. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_DIGITS = 16

let lastTime = -1
let lastRandom: number[] = []
let turn: number | null = null
let floor = -1

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
  | 'basis'

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
 * From here on ids are of the clock where it is ahead of them, and never sort before what this process has made, nor before
 * the id of `newest`, which another one has made.
 *
 * Units: milliseconds since 1970.
 */
export function goOnBehind(newest: number | null): void {
  turn = null
  if (newest !== null) floor = Math.max(floor, newest + 1)
}

/**
 * A prefixed id that sorts by the time it was made, and in any case behind those that were made before, whatever the clock
 * does: ten digits of milliseconds, sixteen random ones. Of two of one millisecond by one process the second is the first
 * plus one.
 */
export function newId(prefix: IdPrefix, now: Date): string {
  const time = turn ?? Math.max(now.getTime(), lastTime, floor)
  lastRandom =
    time === lastTime ? plusOne(lastRandom) : [...randomBytes(RANDOM_DIGITS)].map((byte) => byte % 32)
  lastTime = time
  return `${prefix}_${timeDigits(time)}${lastRandom.map((digit) => DIGITS[digit]).join('')}`
}

/**
 * The time or the turn that an id was made of; null where it is no id of ours. Of a key that the environment gave, an
 * operator has chosen it.
 *
 * Units: milliseconds since 1970.
 */
export function turnOf(id: string): number | null {
  const digits = /^(?!key_)[a-z]+_([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{16}$/.exec(id)?.[1]
  if (digits === undefined) return null
  return [...digits].reduce((turn, digit) => turn * 32 + DIGITS.indexOf(digit), 0)
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
