import type { Millis } from '../../src/rollout/millis.ts'
import { MINUTE_MS } from '../../src/rollout/millis.ts'

const offsets = new Map<string, Intl.DateTimeFormat>()
const clocks = new Map<string, Intl.DateTimeFormat>()

/** What the composition injects: a zone's offset, from the tables that node brings along. */
export function offsetAt(zone: string, at: Millis): number {
  const format = known(offsets, zone, { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(at).find((p) => p.type === 'timeZoneName')?.value ?? ''
  const found = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name)
  if (!found) throw new Error(`an offset that nobody expected: ${name}`)
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = found
  const size = Number(hours) * 60 + Number(minutes) + Number(seconds) / 60
  return sign === '-' ? -size : size
}

const quarters = new Map<string, number>()

/** The same, remembered: nowhere in this century are clocks changed but on a quarter of an hour. */
export function rememberedOffsetAt(zone: string, at: Millis): number {
  const quarter = Math.floor(at / (15 * MINUTE_MS))
  const key = `${zone} ${quarter}`
  const offset = quarters.get(key) ?? offsetAt(zone, quarter * 15 * MINUTE_MS)
  quarters.set(key, offset)
  return offset
}

/** What the clock on the wall shows, in a form that sorts: `2026-03-29 03:00`. */
export function wallClock(zone: string, at: Millis): string {
  const format = known(clocks, zone, {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const parts = new Map(format.formatToParts(at).map((p) => [p.type, p.value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type)
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`
}

/** An instant from RFC 3339. */
export function at(text: string): Millis {
  const when = Date.parse(text)
  if (Number.isNaN(when)) throw new Error(`no instant: ${text}`)
  return when
}

export const HOUR_MS = 60 * MINUTE_MS

function known(
  formats: Map<string, Intl.DateTimeFormat>,
  zone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', options)
  formats.set(zone, format)
  return format
}
