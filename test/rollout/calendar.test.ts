import { expect, test } from 'vitest'
import { freezeAt, mayStartAt, nextStart, startsUntil } from '../../src/rollout/calendar.ts'
import type { Freeze } from '../../src/rollout/spec.ts'
import { WEEKDAYS, type Window } from '../../src/rollout/window.ts'
import { at, offsetAt } from './clock.ts'

const night: Window = { zone: 'UTC', start: '22:00', durationMinutes: 120, days: WEEKDAYS }
const freeze = (from: string, until: string): Freeze => ({
  from: at(`2026-${from}:00Z`),
  until: at(`2026-${until}:00Z`),
  because: 'sale',
})
const iso = (when: number | null) => when && new Date(when).toISOString().slice(5, 16)

test.each<
  [
    why: string,
    windows: Window[],
    freezes: Freeze[],
    now: string,
    may: boolean,
    next: string | null,
    until: string | null,
  ]
>([
  ['nothing said', [], [], '06-01T12:00', true, '06-01T12:00', null],
  ['window shut', [night], [], '06-01T21:59', false, '06-01T22:00', null],
  ['window open', [night], [], '06-01T22:00', true, '06-01T22:00', '06-02T00:00'],
  ['just closed', [night], [], '06-02T00:00', false, '06-02T22:00', null],
  [
    'a freeze begins',
    [night],
    [freeze('06-01T22:30', '06-03T10:00')],
    '06-01T22:30',
    false,
    '06-03T22:00',
    '06-02T00:00',
  ],
  [
    'a minute before it',
    [night],
    [freeze('06-01T22:30', '06-03T10:00')],
    '06-01T22:29',
    true,
    '06-01T22:29',
    '06-01T22:30',
  ],
  [
    'a freeze ends inside a window',
    [night],
    [freeze('06-01T12:00', '06-01T23:00')],
    '06-01T22:10',
    false,
    '06-01T23:00',
    '06-02T00:00',
  ],
  [
    'a freeze ends as the window does',
    [night],
    [freeze('06-01T12:00', '06-02T00:00')],
    '06-01T22:10',
    false,
    '06-02T22:00',
    '06-02T00:00',
  ],
  [
    'two freezes on end',
    [],
    [freeze('06-01T00:00', '06-02T00:00'), freeze('06-02T00:00', '06-05T00:00')],
    '06-01T12:00',
    false,
    '06-05T00:00',
    '06-02T00:00',
  ],
  [
    'freezes inside freezes',
    [],
    [freeze('06-01T00:00', '06-09T00:00'), freeze('06-01T10:00', '06-02T00:00')],
    '06-01T12:00',
    false,
    '06-09T00:00',
    null,
  ],
  ['a window without days', [{ ...night, days: [] }], [], '06-01T12:00', false, null, null],
])('%s', (_why, windows, freezes, now, may, next, until) => {
  const when = at(`2026-${now}:00Z`)
  expect(mayStartAt({ windows, freezes }, when, offsetAt)).toBe(may)
  expect(iso(nextStart({ windows, freezes }, when, offsetAt))).toBe(next)
  expect(iso(startsUntil({ windows, freezes }, when, offsetAt))).toBe(until)
})

test('of several freezes the longest is told', () => {
  const two = [freeze('06-01T00:00', '06-02T00:00'), freeze('06-01T06:00', '06-09T00:00')]
  expect(freezeAt(two, at('2026-06-01T05:59:00Z'))).toBe(two[0])
  expect(freezeAt(two, at('2026-06-01T06:00:00Z'))).toBe(two[1])
  expect(freezeAt(two, at('2026-06-09T00:00:00Z'))).toBeNull()
})

test('a calendar that freezes whatever it opens has no next start', () => {
  const freezes = [freeze('01-01T00:00', '12-31T00:00')]
  const windows: Window[] = [{ ...night, days: [] }]
  expect(nextStart({ windows, freezes }, at('2026-06-01T00:00:00Z'), offsetAt)).toBeNull()
})
