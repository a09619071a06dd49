import { PURPOSES, SEGMENT_KINDS, STRATEGIES } from '../planner/names.ts'
import { z } from 'zod'

export const SegmentKind = z.enum(SEGMENT_KINDS).meta({ id: 'SegmentKind' })
export const Purpose = z.enum(PURPOSES).meta({ id: 'Purpose' })
export const StrategyName = z.enum(STRATEGIES).meta({ id: 'StrategyName' })
