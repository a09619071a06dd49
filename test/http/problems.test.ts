import { expect, expectTypeOf, test } from 'vitest'
import type { Failure } from '../../src/http/failure.ts'
import { problemOf, statusOf } from '../../src/http/problems.ts'
import { PROBLEM_CODES, type ProblemCode } from '../../src/wire/problem-code.ts'

test('the published codes are those that can happen, no more and no less', () => {
  expectTypeOf<Failure['code']>().toEqualTypeOf<ProblemCode>()
})

test('every code has a status of its kind', () => {
  for (const code of PROBLEM_CODES)
    expect([400, 401, 403, 404, 405, 408, 409, 412, 413, 414, 415, 422, 428, 429, 431, 500, 503]).toContain(
      statusOf(code),
    )
})

test.each<[why: string, failure: Failure, headers: Record<string, string>]>([
  [
    'who is to log in is told how',
    { code: 'unauthenticated', detail: '' },
    { 'www-authenticate': 'Bearer realm="berth"' },
  ],
  ['who came too often is told when', { code: 'too-many-requests', retryAfter: 7 }, { 'retry-after': '7' }],
  [
    'what is allowed is told',
    { code: 'method-not-allowed', method: 'PUT', allow: ['GET', 'HEAD'] },
    { allow: 'GET, HEAD' },
  ],
  ['else nothing', { code: 'not-found', detail: '' }, {}],
])('%s', (_why, failure, headers) => {
  expect(problemOf(failure, 'x').headers).toEqual(headers)
})

test('a refused plan brings its evidence along', () => {
  const kernel: Failure = { code: 'kernel-32-bit', detail: 'd', offset: 566, expected: 'a', found: 'b' }
  expect(problemOf(kernel, 'urn:x').problem).toEqual({
    type: '/problems/kernel-32-bit',
    title: 'Kernel 32 bit',
    status: 422,
    detail: 'd',
    instance: 'urn:x',
    code: 'kernel-32-bit',
    offset: 566,
    expected: 'a',
    found: 'b',
  })
})
