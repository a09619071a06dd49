import { z } from 'zod'
import { pageOf, PageQuery } from './page.ts'
import { RebootMode } from './reboot-mode.ts'
import { HostId, idOf, PlanId, Reason, Timestamp, words } from './scalars.ts'

const MAX_EVIDENCE = 20

export const RebootRuleId = idOf('rule')

const denial = {
  kind: z.literal('denial'),
  hardware_model: words(200).min(1),
  mode: RebootMode.describe('The mode that hosts of this model do not get.'),
  evidence: z.array(words(500).min(1)).min(1).max(MAX_EVIDENCE).describe('What speaks against it.'),
}
const override = {
  kind: z.literal('override'),
  host: HostId,
  mode: RebootMode.describe('For its next reboot only.'),
}
const given = { reason: Reason, expires_at: Timestamp.nullable().default(null) }
const kept = { id: RebootRuleId, created_at: Timestamp, created_by: z.string() }

export const NewRebootRule = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...denial, ...given }),
    z.strictObject({ ...override, ...given }),
  ])
  .meta({
    id: 'NewRebootRule',
    examples: [
      {
        kind: 'denial',
        hardware_model: 'Example 2U',
        mode: 'kexec',
        evidence: ['the network card is dead after kexec on 3 of 3 hosts'],
        reason: 'until its firmware is mended',
        expires_at: '2099-01-01T00:00:00.000Z',
      },
    ],
  })

export const RebootRule = z
  .discriminatedUnion('kind', [
    z.strictObject({ ...kept, ...denial, ...given }),
    z.strictObject({ ...kept, ...override, ...given, used_by: PlanId.nullable() }),
  ])
  .meta({ id: 'RebootRule' })
export type RebootRule = z.infer<typeof RebootRule>

export const RebootRulePage = pageOf(RebootRule, 'RebootRulePage')
export const RebootRuleQuery = PageQuery.extend({
  hardware_model: words(200).optional(),
  host: HostId.optional(),
})
export const RebootRuleParams = z.strictObject({ ruleId: RebootRuleId })
