import { z } from 'zod'

export const PLAN_STATES = [
  'planned',
  'assigned',
  'loaded',
  'executing',
  'landed',
  'landed-elsewhere',
  'cold-booted',
  'failed',
  'missing',
  'superseded',
  'expired',
  'refused',
] as const
/** Where a plan stands; what it is made of never changes. */
export const PlanStateName = z.enum(PLAN_STATES).meta({ id: 'PlanStateName' })
export type PlanStateName = z.infer<typeof PlanStateName>
