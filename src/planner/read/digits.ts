const ZERO = 0x30
const NINE = 0x39
const LOWER_A = 0x61
const LOWER_F = 0x66

/** The first index from `at` on that holds no lowercase hex digit; at most `to`. */
export function skipHex(text: string, at: number, to: number): number {
  let i = at
  while (i < to && hexDigit(text.charCodeAt(i)) >= 0) i++
  return i
}

/** The number that the lowercase hex digits from `at` to before `to` spell; Infinity from 2^53 on. */
export function hexValue(text: string, at: number, to: number): number {
  let value = 0
  for (let i = at; i < to; i++) value = value * 16 + hexDigit(text.charCodeAt(i))
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value
}

/** The first index from `at` on that holds no decimal digit; at most `to`. */
export function skipDecimal(text: string, at: number, to: number): number {
  let i = at
  while (i < to && text.charCodeAt(i) >= ZERO && text.charCodeAt(i) <= NINE) i++
  return i
}

/** The number that the decimal digits from `at` to before `to` spell; Infinity from 2^53 on. */
export function decimalValue(text: string, at: number, to: number): number {
  let value = 0
  for (let i = at; i < to; i++) value = value * 10 + (text.charCodeAt(i) - ZERO)
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value
}

/** The first index from `at` on that holds no space; at most `to`. */
export function skipSpaces(text: string, at: number, to: number): number {
  let i = at
  while (i < to && text.charCodeAt(i) === 0x20) i++
  return i
}

/** How many characters of `wanted` stand at `at`, before `to`: all of them when it is there. */
export function matching(text: string, at: number, to: number, wanted: string): number {
  let n = 0
  while (n < wanted.length && at + n < to && text.charCodeAt(at + n) === wanted.charCodeAt(n)) n++
  return n
}

/** 0 through 15, or -1. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO
  return code >= LOWER_A && code <= LOWER_F ? code - LOWER_A + 10 : -1
}
