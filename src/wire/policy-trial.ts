import { z } from 'zod'
import { WHAT_IF_VERDICTS } from '../planner/plan/what-if.ts'
import { Purpose, SegmentKind } from './names.ts'
import { MAX_BOOTS, PolicyRules } from './policy.ts'
import { BootEntryId, HostId, SnapshotId, Timestamp } from './scalars.ts'
import { Selector } from './selector.ts'
import { LineError, OfHost, PinMove, Refusal } from './what-if.ts'

export const PolicyTrialRequest = z
  .strictObject({
    rules: PolicyRules.describe(
      'In place of what the scopes say; what is not named stays as it is in force.',
    ),
    selector: Selector.default({}),
    boot_entry: BootEntryId.describe('What each boot would have loaded.'),
    boots: z.int().min(1).max(MAX_BOOTS).default(16).describe('Of each host so many, the newest.'),
    purpose: Purpose.optional().describe('Default: reboot.'),
  })
  .meta({ id: 'PolicyTrialRequest' })
export type PolicyTrialRequest = z.infer<typeof PolicyTrialRequest>

const Tried = z
  .strictObject({
    verdict: z
      .enum(WHAT_IF_VERDICTS)
      .describe('fits: every pin held. moves: some moved. places: there were no pins yet. refuses: no plan.'),
    kept: z.array(SegmentKind).describe('Segments whose pins held.'),
    placed: z.array(SegmentKind).describe('Segments that had no pin yet.'),
    moves: z.array(PinMove),
    refusal: Refusal.nullable(),
  })
  .meta({ id: 'TriedBoot', description: 'What became of the pins that the boot before had left.' })

export const PolicyTrialHost = OfHost.omit({ snapshot: true })
  .extend({
    verdict: z.enum(['same', 'differs', 'other-arch', 'no-snapshot', 'error']),
    boots: z
      .array(
        z.strictObject({
          snapshot: SnapshotId.describe('The last one of that boot.'),
          boot_id: z.string(),
          at: Timestamp,
          in_force: Tried,
          trial: Tried,
        }),
      )
      .describe('Oldest first.'),
    absent: z.int().describe('Snapshots of this host that are no longer kept: they could not be asked.'),
    error: LineError,
  })
  .meta({ id: 'PolicyTrialHost' })
export type PolicyTrialHost = z.infer<typeof PolicyTrialHost>

const Counted = z
  .strictObject({
    kept: z.int().describe('Pins that held.'),
    placed: z.int(),
    moved: z.int(),
    refused: z.int().describe('Boots without a plan.'),
  })
  .meta({ id: 'TriedCounts' })

export const PolicyTrialSummary = z
  .strictObject({
    summary: z.strictObject({
      hosts: z.int(),
      differ: z.int().describe('Hosts for which it makes a difference.'),
      no_snapshot: z.int(),
      other_arch: z.int(),
      errors: z.int(),
      boots: z.int().describe('Boots that were planned for again.'),
      absent: z.int().describe('Snapshots that are no longer kept.'),
      in_force: Counted,
      trial: Counted,
      not_selected: z.array(HostId).describe('Ids of the selector for which there is no line.'),
    }),
  })
  .meta({ id: 'PolicyTrialSummary', description: 'The last line: without it the answer is not whole.' })
export type PolicyTrialSummary = z.infer<typeof PolicyTrialSummary>

export const PolicyTrialLine = z
  .union([PolicyTrialHost, PolicyTrialSummary])
  .meta({ id: 'PolicyTrialLine', description: 'One line of NDJSON.' })
