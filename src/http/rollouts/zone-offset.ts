import { MINUTE_MS, type Millis } from '../../rollout/millis.ts'

/** Nowhere in this century are clocks changed but on a quarter of an hour. */
const QUARTER_MS = 15 * MINUTE_MS
const MOST_REMEMBERED = 100_000

const formats = new Map<string, Intl.DateTimeFormat>()
/** By zone, then by quarter of an hour. */
const remembered = new Map<string, Map<number, number>>()

/**
 * How far a zone's clocks are ahead of UTC, from the tables that node brings along.
 *
 * Units: minutes. Errors: throws for a zone that `isZone` doesn't know.
 */
export function offsetAt(zone: string, at: Millis): number {
  const quarter = Math.floor(at / QUARTER_MS)
  const quarters = remembered.get(zone) ?? new Map<number, number>()
  const known = quarters.get(quarter)
  if (known !== undefined) return known
  const offset = lookedUp(zone, quarter * QUARTER_MS)
  if (quarters.size >= MOST_REMEMBERED) quarters.clear()
  remembered.set(zone, quarters.set(quarter, offset))
  return offset
}

export function isZone(zone: string): boolean {
  // A bare offset is a zone to `Intl`, but its clocks are nobody's.
  if (/^[+-]/.test(zone)) return false
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

function lookedUp(zone: string, at: Millis): number {
  const parts = formatOf(zone).formatToParts(at)
  const name = parts.find((p) => p.type === 'timeZoneName')?.value ?? ''
  const found = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name)
  if (!found) throw new Error(`an offset that nobody expected: ${name}`)
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = found
  const size = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60
  return sign === '-' ? -size : size
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  formats.set(zone, format)
  return format
}
