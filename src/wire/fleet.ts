import { z } from 'zod'
import { HostState } from './host.ts'
import { PlanStateName } from './plan-state.ts'
import { ArchName } from './scalars.ts'

const counted = <T extends z.ZodType>(value: T) =>
  z.array(z.strictObject({ value, hosts: z.int().positive() })).describe('The most frequent first.')

export const Fleet = z
  .strictObject({
    hosts: z.int().nonnegative(),
    states: counted(HostState),
    archs: counted(ArchName),
    groups: counted(z.string().nullable()),
    hardware_models: counted(z.string()),
    releases: counted(z.string().nullable()).describe(
      'Of the kernels that run, by the newest snapshot of each host; null: no snapshot yet.',
    ),
    plans: counted(PlanStateName).describe('By the newest plan of each host to reboot with.'),
    drift: z
      .strictObject({
        elsewhere: z.int().describe('Hosts whose newest plan ended otherwise than planned.'),
        load_refused: z.int().describe('Hosts whose kernel would refuse the load.'),
        no_snapshot: z.int(),
      })
      .describe('As far as it is stored; whether each pin holds tells `GET /v1/hosts/{hostId}/pins`.'),
    opted_out: z.int(),
  })
  .meta({ id: 'Fleet', description: 'All hosts, counted.' })
export type Fleet = z.infer<typeof Fleet>
