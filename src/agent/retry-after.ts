/** A service that asks for more than that is mistaken, and would lose its agents for good. */
const LONGEST_MS = 60 * 60_000

/**
 * How long a service asks to be left alone: seconds, or the date of HTTP.
 *
 * Units: milliseconds from `now`; null where it says nothing that can be read.
 * Source: RFC 9110, 10.2.3.
 */
export function readRetryAfter(header: string | string[] | undefined, now: number): number | null {
  if (typeof header !== 'string') return null
  const text = header.trim()
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS)
  // Date.parse takes much that is no HTTP date; all three forms of those begin with the day of the week.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : Math.min(Math.max(at - now, 0), LONGEST_MS)
}
