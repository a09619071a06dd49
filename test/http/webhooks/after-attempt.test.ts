import { expect, test } from 'vitest'
import { afterAttempt, type Attempted } from '../../../src/http/webhooks/after-attempt.ts'

const AT = new Date('2030-01-01T00:00:00.000Z')
const failed: Attempted = { outcome: 'failed', status: 500, detail: '', retryAfter: null }

test.each<
  [
    why: string,
    state: string,
    failures: number,
    attempted: Partial<Attempted>,
    want: [string, number, number | null],
  ]
>([
  ['delivered at once', 'active', 0, { outcome: 'delivered' }, ['active', 0, null]],
  ['delivered at last', 'failing', 12, { outcome: 'delivered' }, ['active', 0, null]],
  ['gone', 'active', 0, { outcome: 'gone' }, ['disabled', 1, null]],
  ['the first in vain', 'active', 0, {}, ['active', 1, 5]],
  ['the second in vain', 'active', 1, {}, ['active', 2, 300]],
  ['the last but one of the schedule', 'active', 8, {}, ['active', 9, 86_400]],
  ['the last of the schedule', 'active', 9, {}, ['failing', 10, 86_400]],
  ['after the schedule once a day', 'failing', 40, {}, ['failing', 41, 86_400]],
  ['told to wait longer than the schedule', 'active', 0, { retryAfter: 60 }, ['active', 1, 60]],
  ['told to wait shorter', 'active', 1, { retryAfter: 1 }, ['active', 2, 300]],
  ['told to wait for a year', 'active', 0, { retryAfter: 31_536_000 }, ['active', 1, 86_400]],
])('%s', (_why, state, failures, attempted, [wantState, wantFailures, seconds]) => {
  const after = afterAttempt({ state, failures }, { ...failed, ...attempted }, { at: AT, chance: 0 })
  const nextAt = seconds === null ? null : new Date(AT.getTime() + seconds * 1000)
  expect(after).toEqual({ state: wantState, failures: wantFailures, nextAt })
})

test('chance adds a tenth at most, and the whole schedule takes more than three days', () => {
  let at = AT
  let standing = { state: 'active', failures: 0 }
  for (let i = 0; i < 9; i++) {
    const { nextAt, ...after } = afterAttempt(standing, failed, { at, chance: 0.999 })
    const plain = afterAttempt(standing, failed, { at, chance: 0 }).nextAt?.getTime() ?? 0
    expect((nextAt?.getTime() ?? 0) - at.getTime()).toBeLessThanOrEqual((plain - at.getTime()) * 1.1)
    at = new Date(plain)
    standing = after
  }
  expect((at.getTime() - AT.getTime()) / 1000).toBe(75 * 3600 + 35 * 60 + 5)
})
