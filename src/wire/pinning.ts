import { z } from 'zod'
import { ON_BROKEN } from '../planner/pin/policy.ts'
import { SegmentKind } from './names.ts'
import { Bytes } from './scalars.ts'

const MAX_PERCENT = 1000

export const OnBroken = z.enum(ON_BROKEN).meta({
  id: 'OnBroken',
  description:
    'When a pin no longer holds. strict: no plan, with the cause and the nearest place that would do. prefer: the pin moves there. repin: all pins of that purpose are made anew.',
})

export const Growth = z
  .strictObject({ percent: z.number().min(0).max(MAX_PERCENT), bytes: Bytes })
  .meta({ id: 'Growth', description: 'So many hundredths of its size, and at least so many bytes.' })

export const Headroom = z
  .partialRecord(SegmentKind, Growth)
  .meta({ id: 'Headroom', description: 'How much a segment may grow before its pin has to move.' })
