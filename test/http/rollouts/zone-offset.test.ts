import { expect, test } from 'vitest'
import { isZone, offsetAt } from '../../../src/http/rollouts/zone-offset.ts'

test.each<[why: string, zone: string, at: string, minutes: number]>([
  ['UTC', 'UTC', '2026-06-01T00:00:00Z', 0],
  ['before clocks are put forward', 'Europe/Berlin', '2026-03-29T00:59:59.999Z', 60],
  ['after it', 'Europe/Berlin', '2026-03-29T01:00:00Z', 120],
  ['a zone by half an hour', 'Asia/Kolkata', '2026-06-01T00:00:00Z', 330],
  ['one by a quarter, west', 'America/St_Johns', '2026-01-01T00:00:00Z', -210],
  ['clocks put forward by half an hour', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z', 660],
])('%s', (_why, zone, at, minutes) => {
  expect(offsetAt(zone, Date.parse(at))).toBe(minutes)
})

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['+02:00', false],
  ['', false],
])('%j is a zone: %s', (zone, want) => {
  expect(isZone(zone)).toBe(want)
})
