import { expect, test } from 'vitest'
import { backoffMs, pollMs, slowMs, splayMs, type Random } from '../../src/agent/pace.ts'
import { readRetryAfter } from '../../src/agent/retry-after.ts'
import { seeded } from './seeded.ts'

const DRAWS = 20_000

test.each<[why: string, of: (random: Random) => number, from: number, to: number]>([
  ['questions lie half an interval to a whole one apart', (r) => pollMs(60_000, r), 30_000, 60_000],
  ['the first call falls anywhere in one interval', (r) => splayMs(60_000, r), 0, 60_000],
  ['the first pause after an error is up to a second', (r) => backoffMs(0, r), 0, 1_000],
  ['the second up to two', (r) => backoffMs(1, r), 0, 2_000],
  ['the ninth is the last that doubles', (r) => backoffMs(8, r), 0, 256_000],
  ['then five minutes are the limit', (r) => backoffMs(9, r), 0, 300_000],
  ['however long it goes on', (r) => backoffMs(100_000, r), 0, 300_000],
  ['who may not act asks slowly', slowMs, 150_000, 300_000],
])('%s', (_why, of, from, to) => {
  const random = seeded(7)
  const draws = Array.from({ length: DRAWS }, () => of(random))
  expect(draws.every((d) => d >= from && d < to)).toBe(true)
  // All of the range is used, each tenth about as often as any other.
  const tenths = new Array<number>(10).fill(0)
  for (const d of draws) tenths[Math.floor(((d - from) / (to - from)) * 10)]! += 1
  for (const count of tenths) expect(count).toBeGreaterThan(DRAWS / 10 - DRAWS / 50)
})

const NOW = Date.parse('2026-03-01T12:00:00Z')
test.each<[why: string, header: string | string[] | undefined, ms: number | null]>([
  ['nothing', undefined, null],
  ['seconds', '120', 120_000],
  ['the form of dates that is sent', 'Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
  ['an older form', 'Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
  ['a date that is over', 'Sun, 01 Mar 2026 11:59:59 GMT', 0],
  ['an hour is the most that is believed', '3600', 3_600_000],
  ['not a second more', '3601', 3_600_000],
  ['a broken number', '1.5', null],
  ['a negative one', '-1', null],
  ['words', 'soon', null],
  ['another form of dates', '2026-03-01T12:01:00Z', null],
  ['two headers', ['1', '2'], null],
])('Retry-After: %s', (_why, header, ms) => {
  expect(readRetryAfter(header, NOW)).toBe(ms)
})
