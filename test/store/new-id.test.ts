import { expect, test } from 'vitest'
import { newId } from '../../src/store/new-id.ts'

test('ids sort by the time they were made, also within one millisecond', () => {
  const times = [0, 1, 1, 1, 31, 32, 1023, 1024, 2 ** 41, 2 ** 41, 2 ** 45]
  const ids = times.map((time) => newId('host', new Date(time)))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^host_[0-9a-hjkmnp-tv-z]{26}$/)
})
