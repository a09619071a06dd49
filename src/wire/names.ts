import { z } from 'zod'
import { PURPOSES, SEGMENT_KINDS, STRATEGIES } from '../planner/plan/plan-body.ts'

export const SegmentKind = z.enum(SEGMENT_KINDS).meta({ id: 'SegmentKind' })
export const Purpose = z.enum(PURPOSES).meta({ id: 'Purpose' })
export const StrategyName = z.enum(STRATEGIES).meta({ id: 'StrategyName' })
