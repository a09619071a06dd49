import { z } from 'zod'
import { ExceptionId } from './exception.ts'
import { GivenFacts } from './facts.ts'
import { pageOf } from './page.ts'
import { Purpose, StrategyName } from './names.ts'
import { OnBroken } from './pinning.ts'
import { AnyPlanBody } from './firmware-plan.ts'
import { PlanBody } from './plan-body.ts'
import { PLAN_STATES, PlanStateName } from './plan-state.ts'
import {
  BootEntryId,
  Bytes,
  Digest,
  HostId,
  PhysAddrHex,
  PlanId,
  SnapshotId,
  Timestamp,
  words,
} from './scalars.ts'

export { PLAN_STATES, PlanStateName }

const MAX_EXCEPTIONS = 8

export const PlanRequest = z
  .strictObject({
    boot_entry: BootEntryId,
    purpose: Purpose.default('reboot'),
    strategy: StrategyName.default('pinned'),
    snapshot: SnapshotId.optional().describe("Default: the host's newest."),
    facts: GivenFacts.optional(),
    exceptions: z
      .array(ExceptionId)
      .max(MAX_EXCEPTIONS)
      .optional()
      .describe('Protected memory that this plan may use; pinned plans only, each with its evidence.'),
    on_broken: OnBroken.optional().describe("For this plan alone, whatever the host's policy says."),
    assign: z.boolean().default(false).describe('Also hand it to the agent.'),
  })
  .meta({ id: 'PlanRequest' })

export const PlanParams = z.strictObject({ planId: PlanId })

export const PlanQuery = z.strictObject({
  dry_run: z.enum(['true', 'false']).default('false').describe('Compute and answer, store nothing.'),
})

export const Plan = z
  .strictObject({
    id: PlanId,
    host: HostId,
    snapshot: SnapshotId,
    boot_entry: BootEntryId,
    created_at: Timestamp,
    digest: Digest,
    body: AnyPlanBody,
  })
  .meta({ id: 'Plan' })
export type Plan = z.infer<typeof Plan>
/** One that loads something: its body has segments. */
export type PlacedPlan = Plan & { readonly body: PlanBody }

/** A dry run's answer: no id, since nothing is stored. */
export const PlanPreview = z
  .strictObject({
    host: HostId,
    snapshot: SnapshotId,
    boot_entry: BootEntryId,
    digest: Digest,
    body: PlanBody,
  })
  .meta({ id: 'PlanPreview' })

export const PlanPage = pageOf(Plan, 'PlanPage')

export const Evidence = z
  .strictObject({ check: z.string(), expected: z.string(), found: z.string(), holds: z.boolean() })
  .meta({ id: 'Evidence' })

export const Landing = z
  .strictObject({
    verdict: z.enum(['landed', 'landed-elsewhere', 'cold-booted', 'not-yet']),
    certainty: z.enum(['exact', 'load-only']),
    kernel_code: PhysAddrHex.nullable(),
    evidence: z.array(Evidence),
  })
  .meta({ id: 'Landing', description: 'What the snapshot after the boot proves.' })
export type Landing = z.infer<typeof Landing>

/** A segment as the kernel that was asked says it holds it. */
export const LoadedSegment = z
  .strictObject({ mem: PhysAddrHex, bufsz: Bytes, memsz: Bytes, sha256: Digest })
  .meta({ id: 'LoadedSegment' })

export const PlanState = z
  .strictObject({
    plan: PlanId,
    host: HostId,
    state: PlanStateName,
    since: Timestamp,
    detail: z.string(),
    boot_id: z.string().nullable().describe('The boot in which it was loaded.'),
    segments: z.array(LoadedSegment).nullable(),
    landing: Landing.nullable(),
  })
  .meta({ id: 'PlanState' })
export type PlanState = z.infer<typeof PlanState>

export const PlanStatePage = pageOf(PlanState, 'PlanStatePage')

export const Report = z
  .strictObject({
    plan: PlanId,
    phase: z
      .enum(['loaded', 'executing', 'refused', 'failed', 'booted'])
      .describe('booted: how the hooks after the boot ended; it changes no state.'),
    boot_id: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
    detail: words(2000).optional(),
    segments: z.array(LoadedSegment).max(16).optional(),
  })
  .meta({ id: 'Report' })
export type Report = z.infer<typeof Report>
