import { z } from 'zod'
import { GroupName, HostState, Labels } from './host.ts'
import { ArchName, HostId, words } from './scalars.ts'

export const MAX_SELECTED_IDS = 1000

/** Which hosts. A list of none is refused: whoever sends it hardly means every host. */
export const Selector = z
  .strictObject({
    hosts: z.array(HostId).min(1).max(MAX_SELECTED_IDS).optional(),
    group: GroupName.optional(),
    arch: ArchName.optional(),
    hardware_model: words(200).optional(),
    state: HostState.optional(),
    labels: Labels.optional().describe('Each of them, with just this value.'),
  })
  .meta({
    id: 'Selector',
    description: 'Hosts of which all that is given holds; `{}` is every host.',
    examples: [{}, { group: 'web', labels: { rack: 'b12' } }],
  })
export type Selector = z.infer<typeof Selector>
