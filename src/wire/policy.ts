import type { SegmentKind as Kind } from '../planner/names.ts'
import { z } from 'zod'
import { GroupName } from './host.ts'
import { SegmentKind } from './names.ts'
import { pageOf } from './page.ts'
import { Headroom, OnBroken } from './pinning.ts'
import { HostId, Reason, Timestamp } from './scalars.ts'

export const MAX_BOOTS = 64
const MAX_SNAPSHOTS = 10_000
const MAX_DAYS = 3650
/** An agent posts once a round, and waits a minute in it. */
const MIN_AGE_S = 300

/** Kinds that are never placed at random, and why. */
const NEVER_RANDOM: Partial<Record<Kind, string>> = {
  kernel: 'a kernel at another place in each plan is what pins are there to prevent; it holds no secret',
  purgatory:
    'the jump goes to the purgatory, which holds digests and no secret; at random it would hide nothing',
}

const RandomKinds = z
  .array(SegmentKind)
  .superRefine((kinds, { addIssue }) => {
    for (const [i, kind] of kinds.entries()) {
      const message = kinds.indexOf(kind) < i ? 'is named twice' : NEVER_RANDOM[kind]
      if (message !== undefined) addIssue({ code: 'custom', path: [i], message })
    }
  })
  .describe('Segments that hold secrets: placed at random in each plan and never pinned.')

const KeepSnapshots = z
  .strictObject({ count: z.int().min(2).max(MAX_SNAPSHOTS), days: z.int().min(1).max(MAX_DAYS) })
  .meta({
    id: 'KeepSnapshots',
    description:
      'Of each host the newest `count`, and none older than `days`; beyond that always the newest, those of the remembered boots, and those that a plan was made from.',
  })

const SnapshotMaxAge = z
  .int()
  .min(MIN_AGE_S)
  .max(MAX_DAYS * 24 * 3600)
  .nullable()
  .describe(
    'A plan is made only from a snapshot that its host has posted within so many seconds; null: of any age.',
  )

const rules = {
  on_broken: OnBroken,
  headroom: Headroom,
  random: RandomKinds,
  remember_boots: z
    .int()
    .min(1)
    .max(MAX_BOOTS)
    .describe('New pins are put where so many boots of the same hardware had memory free.'),
  keep_snapshots: KeepSnapshots,
  snapshot_max_age_seconds: SnapshotMaxAge,
}

export const PolicyRules = z
  .strictObject(rules)
  .partial()
  .superRefine(({ remember_boots, keep_snapshots }, { addIssue }) => {
    if (!remember_boots || !keep_snapshots || keep_snapshots.count >= remember_boots) return
    const message = `must be at least remember_boots, which is ${remember_boots}`
    addIssue({ code: 'custom', path: ['keep_snapshots', 'count'], message })
  })
  .meta({
    id: 'PolicyRules',
    description: 'Only what this scope sets; of each rule the nearest scope wins: host, group, fleet.',
  })
export type PolicyRules = z.infer<typeof PolicyRules>

export const PolicyScope = z
  .union(
    [z.literal('fleet'), z.templateLiteral(['group:', GroupName]), z.templateLiteral(['host:', HostId])],
    { error: 'expected `fleet`, `group:<name>` or `host:<id>`' },
  )
  .meta({ id: 'PolicyScope', description: '`fleet`, `group:<name>` or `host:<id>`.' })

export const NewPolicy = z.strictObject({ rules: PolicyRules, reason: Reason }).meta({
  id: 'NewPolicy',
  examples: [
    {
      rules: {
        on_broken: 'strict',
        headroom: { initrd: { percent: 50, bytes: 8388608 } },
        random: ['rng_seed'],
        remember_boots: 16,
        keep_snapshots: { count: 64, days: 365 },
      },
      reason: 'addresses are monitored from outside',
    },
  ],
})

export const Policy = z
  .strictObject({
    scope: PolicyScope,
    rules: PolicyRules,
    generation: z.int().describe('Grows with every change.'),
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
  })
  .meta({ id: 'Policy', description: 'How pins are chosen and kept.' })
export type Policy = z.infer<typeof Policy>

export const PolicyVersion = Policy.extend({
  rules: PolicyRules.nullable().describe('Null: forgotten; the wider scopes held again.'),
}).meta({ id: 'PolicyVersion', description: 'What a scope set at some time.' })
export type PolicyVersion = z.infer<typeof PolicyVersion>

export const PolicyVersionPage = pageOf(PolicyVersion, 'PolicyVersionPage')
export const PolicyPage = pageOf(Policy, 'PolicyPage')
export const PolicyParams = z.strictObject({ scope: PolicyScope })

function ruled<T extends z.ZodType>(value: T) {
  return z.strictObject({
    value,
    from: z.enum(['host', 'group', 'fleet', 'default']).describe('The scope that sets it.'),
  })
}

export const EffectivePolicy = z
  .strictObject({
    host: HostId,
    on_broken: ruled(rules.on_broken),
    headroom: ruled(rules.headroom),
    random: ruled(rules.random),
    remember_boots: ruled(rules.remember_boots),
    keep_snapshots: ruled(rules.keep_snapshots),
    snapshot_max_age_seconds: ruled(rules.snapshot_max_age_seconds),
  })
  .meta({ id: 'EffectivePolicy', description: 'Every rule that holds for a host, and where it comes from.' })
export type EffectivePolicy = z.infer<typeof EffectivePolicy>
