import { z } from 'zod'
import { GroupName } from './host.ts'
import { pageOf } from './page.ts'
import { Reason, Timestamp } from './scalars.ts'

export const PauseScope = z
  .union([z.literal('fleet'), z.templateLiteral(['group:', GroupName])], {
    error: 'expected `fleet` or `group:<name>`; one host is opted out instead',
  })
  .meta({ id: 'PauseScope', description: '`fleet` or `group:<name>`. One host is opted out instead.' })

export const NewPause = z
  .strictObject({
    reason: Reason,
    until: Timestamp.nullable()
      .default(null)
      .describe('When it ends by itself; null: when somebody ends it.'),
  })
  .meta({ id: 'NewPause', examples: [{ reason: 'quarter-end close', until: null }] })

export const Pause = z
  .strictObject({
    scope: PauseScope,
    since: Timestamp,
    until: Timestamp.nullable(),
    generation: z.int().describe('Grows with every change.'),
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
  })
  .meta({
    id: 'Pause',
    description: 'While it lasts no rollout and no FleetLock group grants a host of the scope a reboot.',
  })
export type Pause = z.infer<typeof Pause>

export const PausePage = pageOf(Pause, 'PausePage')
export const PauseParams = z.strictObject({ pausedScope: PauseScope })
