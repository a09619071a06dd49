import { expect, expectTypeOf, test } from 'vitest'
import type { PlanBody as PlannerBody } from '../../src/planner/index.ts'
import { PlanBody } from '../../src/wire/plan-body.ts'

/** The same type but for who may write to it. */
type Writable<T> = T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T

test('the wire says of a plan what the planner says of it, no more and no less', () => {
  expectTypeOf<Writable<PlannerBody>>().toEqualTypeOf<Writable<PlanBody>>()
})

test('a field that the planner does not have is refused', () => {
  const errors = PlanBody.safeParse({ extra: 1 }).error?.issues.filter((i) => i.code === 'unrecognized_keys')
  expect(errors).toHaveLength(1)
})
