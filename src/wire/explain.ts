import { z } from 'zod'
import { GATES } from '../rollout/gate.ts'
import { HostId, RolloutId, Timestamp } from './scalars.ts'

/** What the service looks at before any rollout; then a rollout's own gates; `fence` where a grant is used. */
export const HOST_GATES = [
  'quarantine',
  'opt-out',
  'standing-pause',
  'snapshot',
  'preflight',
  'exceptions',
  'plan',
  'reboot-mode',
] as const
export const GateName = z.enum([...new Set([...HOST_GATES, 'rollout', ...GATES, 'fence'] as const)])

export const Gate = z
  .strictObject({
    gate: GateName,
    id: z.string().nullable().describe('health: which one.'),
    rollout: RolloutId.nullable().describe('Null for what holds whatever rollout asks.'),
    verdict: z
      .enum(['pass', 'wait', 'fail'])
      .describe('wait: passes with time or by what others do. fail: somebody has to act.'),
    since: Timestamp.nullable(),
    sentence: z.string(),
    next_check: Timestamp.nullable().describe('When asking again could give another answer.'),
  })
  .meta({ id: 'Gate' })
export type Gate = z.infer<typeof Gate>

export const Explanation = z
  .strictObject({
    host: HostId,
    verdict: z.enum(['go', 'wait', 'stopped']).describe('stopped: time alone changes nothing.'),
    sentence: z.string(),
    next_check: Timestamp.nullable(),
    gates: z.array(Gate).describe('Every gate, in the order in which it is asked.'),
  })
  .meta({ id: 'Explanation', description: 'Why this host is, or is not, being rebooted now.' })
export type Explanation = z.infer<typeof Explanation>
