import { z } from 'zod'
import { MEMBER_STATES, ROLLOUT_EVENTS, ROLLOUT_STATES } from '../rollout/transitions.ts'
import { OrderedQuery, pageOf, PageQuery } from './page.ts'
import { RebootMode } from './reboot-mode.ts'
import { rolloutSpec } from './rollout-spec.ts'
import { BootEntryId, HostId, PlanId, Reason, RolloutId, Timestamp, words } from './scalars.ts'

export const MemberStateName = z.enum(MEMBER_STATES).meta({ id: 'MemberStateName' })
export const RolloutStateName = z.enum(ROLLOUT_STATES).meta({ id: 'RolloutStateName' })
export const RolloutEventName = z.enum(ROLLOUT_EVENTS).meta({ id: 'RolloutEventName' })

const Counts = z
  .partialRecord(MemberStateName, z.int().positive())
  .meta({ id: 'MemberCounts', description: 'Hosts by state; a state that no host is in is left out.' })

export const RolloutHalt = z
  .strictObject({
    at: Timestamp,
    cause: z.enum(['failures', 'missing', 'health', 'operator']),
    hosts: z.array(HostId),
    sentence: z.string(),
  })
  .meta({ id: 'RolloutHalt', description: 'The brake; the operator’s own pause is another switch.' })

export const Rollout = z
  .strictObject({
    id: RolloutId,
    state: RolloutStateName,
    since: Timestamp.describe('Since when it is drafted, started, done or cancelled.'),
    allowed: z.array(RolloutEventName).describe('What may be asked of it now.'),
    author: z.string(),
    created_at: Timestamp,
    spec: z.strictObject(rolloutSpec).meta({ id: 'RolloutSpec' }),
    wave: z.int().min(0).describe('The last wave that is open, from 1 on; 0 before the start.'),
    wave_since: Timestamp.nullable(),
    paused: z.strictObject({ from: Timestamp, by: z.string() }).nullable(),
    halt: RolloutHalt.nullable(),
    approvals: z.array(z.strictObject({ by: z.string(), at: Timestamp })),
    hosts: z.int().nonnegative(),
    counts: Counts,
    waves: z.array(z.strictObject({ wave: z.int().positive(), hosts: z.int(), counts: Counts })),
  })
  .meta({ id: 'Rollout' })
export type Rollout = z.infer<typeof Rollout>

export const RolloutPage = pageOf(Rollout, 'RolloutPage')

export const RolloutPreview = z
  .strictObject({
    hosts: z.int().nonnegative(),
    waves: z.array(
      z.strictObject({
        wave: z.int().positive(),
        hosts: z.array(
          z.strictObject({
            host: HostId,
            hostname: z.string(),
            domain: z.string().nullable(),
            held: z.string().nullable().describe('Why it will be left out, where somebody keeps it out.'),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'RolloutPreview', description: 'The order in which hosts would go; nothing is stored.' })
export type RolloutPreview = z.infer<typeof RolloutPreview>

export const RolloutMember = z
  .strictObject({
    host: HostId,
    hostname: z.string().nullable().describe('Null for a host that is no longer there.'),
    wave: z.int().positive(),
    domain: z.string().nullable(),
    state: MemberStateName,
    since: Timestamp,
    because: z.string(),
    outcome: z
      .enum(['landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing', 'rolled-back'])
      .nullable()
      .describe('cold-booted is a success where `mode` asked for it.'),
    acknowledged: z.boolean(),
    failures: z.int().nonnegative(),
    heard_at: Timestamp.nullable(),
    fence: z.int().nullable(),
    plan: PlanId.nullable(),
    mode: RebootMode.describe('How it goes, or went last.'),
    fallback: BootEntryId.nullable().describe('What it goes back to, since its attempt was given up.'),
  })
  .meta({ id: 'RolloutMember' })
export type RolloutMember = z.infer<typeof RolloutMember>

export const RolloutMemberPage = pageOf(RolloutMember, 'RolloutMemberPage')
export const RolloutMemberQuery = PageQuery.extend({
  state: MemberStateName.optional(),
  wave: z.coerce.number().int().min(1).max(1_000_000).optional(),
})

export const RolloutQuery = OrderedQuery
export const RolloutParams = z.strictObject({ rolloutId: RolloutId })
export const NewRolloutQuery = z.strictObject({
  dry_run: z.enum(['true', 'false']).default('false').describe('Answer the order, store nothing.'),
})

/** What an operator may tell a rollout; each has a reason. */
export const COMMANDS = ['submit', 'approve', 'pause', 'resume', 'halt', 'acknowledge', 'cancel'] as const
export type CommandName = (typeof COMMANDS)[number]
export const RolloutCommand = z.strictObject({ reason: Reason }).meta({ id: 'RolloutCommand' })
export const SkipHost = z.strictObject({ host: HostId, reason: Reason }).meta({ id: 'SkipHost' })

export const NewHealthResult = z
  .strictObject({
    gate: words(63),
    host: HostId.nullable().default(null).describe('Only where each host has its own result.'),
    verdict: z.enum(['pass', 'fail', 'inconclusive']),
    detail: words(500).min(1),
  })
  .meta({ id: 'NewHealthResult' })

export const HealthResult = NewHealthResult.extend({
  host: HostId.nullable(),
  at: Timestamp,
  by: z.string(),
}).meta({ id: 'HealthResult' })
export type HealthResult = z.infer<typeof HealthResult>
