import { z } from 'zod'
import { pageOf, PageQuery } from './page.ts'
import { PlanStateName } from './plan-state.ts'
import { OptOut, RebootModeSetting } from './reboot-mode.ts'
import { SigningKey } from './signing.ts'
import { ArchName, HostId, PlanId, Reason, Timestamp, words } from './scalars.ts'

export const HostState = z.enum(['active', 'quarantined']).meta({ id: 'HostState' })

export const LabelName = z.string().regex(/^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$/)
export const Labels = z
  .record(LabelName, words(100))
  .refine((labels) => Object.keys(labels).length <= 50, { error: 'at most 50 labels' })
  .meta({ id: 'Labels' })

export const GroupName = z.string().regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/)

export const MachineId = z.string().regex(/^[0-9a-zA-Z-]{1,64}$/)

export const Host = z
  .strictObject({
    id: HostId,
    machine_id: z.string(),
    hostname: z.string(),
    arch: ArchName,
    hardware_model: z.string(),
    group: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    state: HostState,
    state_reason: z.string(),
    opt_out: OptOut.nullable().describe('Somebody wants it left alone: no rollout reboots it.'),
    reboot_mode: RebootModeSetting.nullable(),
    kernel_release: z.string().nullable().describe('Of the kernel that runs, by the newest snapshot.'),
    certificate: z
      .string()
      .nullable()
      .describe('The name in the client certificate without which its credential is not good.'),
    booted_plan: PlanId.nullable().describe('The plan that booted the kernel that runs now, where one did.'),
    created_at: Timestamp,
  })
  .meta({ id: 'Host' })
export type Host = z.infer<typeof Host>

export const HostPage = pageOf(Host, 'HostPage')

export const HostQuery = PageQuery.extend({
  group: GroupName.optional(),
  arch: ArchName.optional(),
  state: HostState.optional(),
  hostname: words(253).optional(),
  hardware_model: words(200).optional(),
  kernel_release: words(200).optional().describe('Of the kernel that runs, by the newest snapshot.'),
  plan: PlanStateName.optional().describe('How the newest plan stands that it was to reboot with.'),
  label: z
    .string()
    .regex(/^[^=]{1,63}=.{0,100}$/)
    .optional()
    .describe('`name=value`'),
})

/** Absent fields stay; `labels` replaces all labels; a null group takes the host out of its group. */
export const HostPatch = z
  .strictObject({
    labels: Labels.optional(),
    group: GroupName.nullable().optional(),
    hardware_model: words(200).optional(),
    opt_out: z.strictObject({ reason: Reason }).nullable().optional(),
    reboot_mode: RebootModeSetting.nullable().optional(),
    certificate: z
      .null()
      .optional()
      .describe('Lets its client certificate go: the next one that comes with its credential is bound.'),
  })
  .meta({
    id: 'HostPatch',
    examples: [
      { labels: { rack: 'b12' }, group: 'web' },
      { group: null },
      { opt_out: { reason: 'a disk is being replaced' } },
    ],
  })

export const Release = z.strictObject({ reason: Reason }).meta({ id: 'Release' })

export const HostParams = z.strictObject({ hostId: HostId })

export const NewToken = z
  .strictObject({
    uses: z.int().min(1).max(100_000).default(1),
    expires_in: z.int().min(1).max(31_536_000).default(86_400).describe('Seconds.'),
    group: GroupName.optional().describe('Hosts that enrol with it join this group.'),
  })
  .meta({ id: 'NewToken', examples: [{}, { uses: 200, expires_in: 3600, group: 'web' }] })

export const Token = z
  .strictObject({
    id: z.string(),
    group: z.string().nullable(),
    uses: z.int(),
    uses_left: z.int(),
    created_at: Timestamp,
    expires_at: Timestamp,
  })
  .meta({ id: 'Token' })
export type Token = z.infer<typeof Token>

export const MintedToken = Token.extend({ token: z.string().describe('Shown this once.') }).meta({
  id: 'MintedToken',
})
export const TokenPage = pageOf(Token, 'TokenPage')

export const Enrollment = z
  .strictObject({
    token: z.string().max(200),
    machine_id: MachineId,
    hostname: words(253).min(1),
    arch: ArchName,
    hardware_model: words(200),
  })
  .meta({ id: 'Enrollment' })

export const Enrolled = z
  .strictObject({
    host: HostId,
    credential: z.string().describe('Shown this once.'),
    signing_keys: z.array(SigningKey).describe('By which the agent is to know what is from this service.'),
  })
  .meta({ id: 'Enrolled' })

export const TimelineEvent = z
  .strictObject({
    id: z.string(),
    at: Timestamp,
    kind: z.string(),
    detail: z.string(),
    plan: z.string().nullable(),
    snapshot: z.string().nullable(),
  })
  .meta({ id: 'TimelineEvent' })
export type TimelineEvent = z.infer<typeof TimelineEvent>

export const TimelinePage = pageOf(TimelineEvent, 'TimelinePage')
