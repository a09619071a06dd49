import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS, type Millis } from '../../src/rollout/millis.ts'
import {
  inWindow,
  lastClosing,
  nextOpening,
  openingAt,
  opensOn,
  WEEKDAYS,
  type Weekday,
  type Window,
} from '../../src/rollout/window.ts'
import { at, offsetAt, wallClock } from './clock.ts'

const iso = (when: Millis | null) => (when === null ? null : new Date(when).toISOString())
const window = (zone: string, start: string, durationMinutes = 60, days: readonly Weekday[] = WEEKDAYS) => ({
  ...{ zone, start, durationMinutes, days },
})

describe('when a window opens', () => {
  test.each<[why: string, window: Window, date: string, opens: string]>([
    ['a plain night', window('Europe/Berlin', '02:30'), '2026-03-28', '2026-03-28T01:30:00.000Z'],
    [
      'the hour is skipped: when clocks go on',
      window('Europe/Berlin', '02:30'),
      '2026-03-29',
      '2026-03-29T01:00:00.000Z',
    ],
    ['a minute before the gap', window('Europe/Berlin', '01:59'), '2026-03-29', '2026-03-29T00:59:00.000Z'],
    ['first minute of the gap', window('Europe/Berlin', '02:00'), '2026-03-29', '2026-03-29T01:00:00.000Z'],
    ['last minute of the gap', window('Europe/Berlin', '02:59'), '2026-03-29', '2026-03-29T01:00:00.000Z'],
    [
      'first minute after the gap',
      window('Europe/Berlin', '03:00'),
      '2026-03-29',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'second minute after the gap',
      window('Europe/Berlin', '03:01'),
      '2026-03-29',
      '2026-03-29T01:01:00.000Z',
    ],
    [
      'the hour comes twice: the first',
      window('Europe/Berlin', '02:30'),
      '2026-10-25',
      '2026-10-25T00:30:00.000Z',
    ],
    ['a minute before it', window('Europe/Berlin', '01:59'), '2026-10-25', '2026-10-24T23:59:00.000Z'],
    ['the first minute after it', window('Europe/Berlin', '03:00'), '2026-10-25', '2026-10-25T02:00:00.000Z'],
    [
      'west of Greenwich, skipped',
      window('America/New_York', '02:15'),
      '2026-03-08',
      '2026-03-08T07:00:00.000Z',
    ],
    [
      'west of Greenwich, twice',
      window('America/New_York', '01:15'),
      '2026-11-01',
      '2026-11-01T05:15:00.000Z',
    ],
    [
      'half an hour is skipped',
      window('Australia/Lord_Howe', '02:10'),
      '2026-10-04',
      '2026-10-03T15:30:00.000Z',
    ],
    [
      'half an hour comes twice',
      window('Australia/Lord_Howe', '01:40'),
      '2026-04-05',
      '2026-04-04T14:40:00.000Z',
    ],
    ['a quarter of an hour off', window('Asia/Kathmandu', '00:00'), '2026-01-01', '2025-12-31T18:15:00.000Z'],
    ['a whole day is skipped', window('Pacific/Apia', '20:00'), '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['before the epoch', window('UTC', '12:00'), '1969-12-31', '1969-12-31T12:00:00.000Z'],
  ])('%s', (_why, of, date, opens) => {
    expect(iso(opensOn(of, at(`${date}T00:00:00Z`) / DAY_MS, offsetAt))).toBe(opens)
  })

  test('it is open for as long in a night of 23 hours as in one of 25', () => {
    const night = window('Europe/Berlin', '00:30', 240)
    const lengths = ['2026-03-29T00:00:00Z', '2026-06-01T00:00:00Z', '2026-10-25T00:00:00Z'].map((text) => {
      const opening = openingAt([night], at(text), offsetAt)
      return opening && (opening.until - opening.from) / MINUTE_MS
    })
    expect(lengths).toEqual([240, 240, 240])
  })
})

describe('whether a window is open', () => {
  const saturday = window('Europe/Berlin', '22:00', 240, ['sat'])

  test.each<[why: string, windows: Window[], when: string, open: boolean]>([
    ['no windows: always', [], '2026-06-06T20:00:00Z', true],
    ['a millisecond before', [saturday], '2026-06-06T19:59:59.999Z', false],
    ['when it opens', [saturday], '2026-06-06T20:00:00.000Z', true],
    ['when it is Sunday there', [saturday], '2026-06-06T22:30:00.000Z', true],
    ['a millisecond before it closes', [saturday], '2026-06-06T23:59:59.999Z', true],
    ['when it closes', [saturday], '2026-06-07T00:00:00.000Z', false],
    ['the same hour of another day', [saturday], '2026-06-05T21:00:00Z', false],
    ['any of several', [window('UTC', '03:00'), saturday], '2026-06-06T21:00:00Z', true],
    [
      'a week long, before it opens again',
      [window('UTC', '00:00', 10080, ['mon'])],
      '2026-06-07T23:59:59Z',
      true,
    ],
  ])('%s', (_why, windows, when, open) => {
    expect(inWindow(windows, at(when), offsetAt)).toBe(open)
  })
})

test.each<[why: string, windows: Window[], when: string, next: string | null, last: string | null]>([
  ['no windows', [], '2026-06-01T12:00:00Z', null, null],
  [
    'later today',
    [window('UTC', '18:00', 30)],
    '2026-06-01T12:00:00Z',
    '2026-06-01T18:00:00.000Z',
    '2026-05-31T18:30:00.000Z',
  ],
  [
    'at an opening: the one after',
    [window('UTC', '12:00', 30)],
    '2026-06-01T12:00:00Z',
    '2026-06-02T12:00:00.000Z',
    '2026-05-31T12:30:00.000Z',
  ],
  [
    'at a closing: that one',
    [window('UTC', '11:00', 60)],
    '2026-06-01T12:00:00Z',
    '2026-06-02T11:00:00.000Z',
    '2026-06-01T12:00:00.000Z',
  ],
  [
    'six days on',
    [window('UTC', '11:00', 60, ['sun'])],
    '2026-06-01T12:00:00Z',
    '2026-06-07T11:00:00.000Z',
    '2026-05-31T12:00:00.000Z',
  ],
  [
    'a week on',
    [window('UTC', '11:00', 60, ['mon'])],
    '2026-06-01T12:00:00Z',
    '2026-06-08T11:00:00.000Z',
    '2026-06-01T12:00:00.000Z',
  ],
  ['no day at all', [window('UTC', '11:00', 60, [])], '2026-06-01T12:00:00Z', null, null],
])('the next opening and the last closing: %s', (_why, windows, when, next, last) => {
  expect(iso(nextOpening(windows, at(when), offsetAt))).toBe(next)
  expect(iso(lastClosing(windows, at(when), offsetAt))).toBe(last)
})

/**
 * The rule again, minute by minute and by what the wall clock shows: a window opens on a date in the
 * first minute in which the clock shows that date's start or anything later.
 */
describe('against the wall clock', () => {
  const turns: readonly [zone: string, date: string][] = [
    ['Europe/Berlin', '2026-03-29'],
    ['Europe/Berlin', '2026-10-25'],
    ['America/New_York', '2026-03-08'],
    ['America/New_York', '2026-11-01'],
    ['America/St_Johns', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Australia/Lord_Howe', '2026-10-04'],
    ['Antarctica/Troll', '2026-03-29'],
    ['Africa/Casablanca', '2026-02-15'],
    ['Pacific/Apia', '2011-12-30'],
    ['Asia/Kathmandu', '2026-07-01'],
    ['UTC', '2026-12-31'],
  ]

  const walls = turns.map(([zone, date]) => {
    const from = at(`${date}T00:00:00Z`) - 3 * DAY_MS
    const shown = Array.from({ length: 7 * 1440 }, (_, i) => wallClock(zone, from + i * MINUTE_MS))
    return { zone, from, shown }
  })

  function openedOn({ from, shown }: (typeof walls)[number], day: number, start: string): Millis {
    const wanted = `${new Date(day * DAY_MS).toISOString().slice(0, 10)} ${start}`
    return from + shown.findIndex((clock) => clock >= wanted) * MINUTE_MS
  }

  const asked = fc.record({
    turn: fc.nat(turns.length - 1),
    start: fc.tuple(fc.nat(23), fc.nat(59)).map((n) => n.map((x) => String(x).padStart(2, '0')).join(':')),
    durationMinutes: fc.integer({ min: 1, max: 1440 }),
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    minute: fc.integer({ min: 2 * 1440, max: 5 * 1440 }),
  })

  test('open, and opening next, exactly when the clock says so', () => {
    fc.assert(
      fc.property(asked, ({ turn, start, durationMinutes, days, minute }) => {
        const wall = walls[turn] as (typeof walls)[number]
        const now = wall.from + minute * MINUTE_MS
        const of = { zone: wall.zone, start, durationMinutes, days }
        const first = wall.from / DAY_MS
        const opened = [0, 1, 2, 3, 4, 5]
          .map((n) => first + n)
          .filter((day) => days.includes(WEEKDAYS[new Date(day * DAY_MS).getUTCDay()] as Weekday))
          .map((day) => openedOn(wall, day, start))
        const open = opened.some((from) => from <= now && now < from + durationMinutes * MINUTE_MS)
        expect(inWindow([of], now, offsetAt)).toBe(open)

        const next = opened.filter((from) => from > now)[0]
        if (next !== undefined) expect(nextOpening([of], now, offsetAt)).toBe(next)
        // The first of these days may have begun before the first minute that was looked at.
        for (const from of opened.filter((from) => from > wall.from)) {
          expect(inWindow([of], from, offsetAt)).toBe(true)
          expect(openingAt([of], from, offsetAt)?.until).toBe(from + durationMinutes * MINUTE_MS)
        }
      }),
      { numRuns: 300 },
    )
  })
})
