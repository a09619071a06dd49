import { z } from 'zod'
import { WEEKDAYS } from '../rollout/window.ts'
import { LabelName } from './host.ts'
import { PoolName } from './lease.ts'
import { BootEntryId, Timestamp, words } from './scalars.ts'
import { Selector } from './selector.ts'

const MAX_WAVES = 50
const MAX_WINDOWS = 50
const MAX_GATES = 20
const MAX_HOSTS = 1_000_000
const YEAR_S = 31_536_000

const seconds = (least: number) => z.int().min(least).max(YEAR_S)

export const Share = z
  .union([
    z.strictObject({ count: z.int().min(1).max(MAX_HOSTS) }),
    z.strictObject({ percent: z.number().gt(0).max(100) }),
  ])
  .meta({ id: 'Share', description: 'A number of hosts, or so many of a hundred.' })

export const Window = z
  .strictObject({
    days: z.array(z.enum(WEEKDAYS)).min(1).max(7).describe('The local days on which it opens.'),
    start: z
      .string()
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .describe('`HH:MM` on the local clock; skipped by a change of clocks, it opens at the change.'),
    duration_minutes: z.int().min(1).max(10_080).describe('Time that passes, whatever the clocks do.'),
    zone: words(64).describe('IANA name, as Europe/Berlin.'),
  })
  .meta({ id: 'Window' })

export const Freeze = z
  .strictObject({ from: Timestamp, until: Timestamp, because: words(200).min(1) })
  .meta({ id: 'Freeze', description: 'From `from` on, up to and without `until`, nothing starts.' })

const Probed = z
  .string()
  .max(2000)
  .regex(/^https?:\/\//)

/** Who asks, and what; `hook`: somebody posts the results. */
export const Probe = z
  .strictObject({
    url: Probed.describe('Its origin must be one that the service was told it may ask.'),
    query: words(2000).optional().describe('prometheus: an instant query.'),
    most: z
      .number()
      .optional()
      .describe('prometheus: the largest value that passes. No value is inconclusive.'),
    least: z.number().optional().describe('prometheus: the smallest value that passes.'),
    status: z.int().min(100).max(599).optional().describe('http: the status that passes. Default: any 2xx.'),
  })
  .meta({ id: 'Probe' })
export type Probe = z.infer<typeof Probe>

export const HealthGate = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/),
    kind: z.enum(['http', 'prometheus', 'kdump', 'hook']),
    scope: z.enum(['rollout', 'host']).default('rollout'),
    valid_seconds: seconds(1).default(300).describe('How long a result counts.'),
    on_fail: z.enum(['wait', 'halt']).default('wait'),
    probe: Probe.nullable()
      .default(null)
      .describe('http, prometheus: null where somebody posts the results.'),
  })
  .meta({ id: 'HealthGate' })
export type HealthGate = z.infer<typeof HealthGate>

const COUNTED = ['failed', 'cold-booted', 'landed-elsewhere', 'rolled-back'] as const

export const HaltRule = z
  .strictObject({
    failures: Share.default({ count: 1 }),
    missing: Share.default({ count: 1 }),
    counted: z
      .array(z.enum(COUNTED))
      .max(COUNTED.length)
      .default([...COUNTED])
      .describe('Which outcomes are failures; cold-booted never where that was asked for.'),
  })
  .meta({ id: 'HaltRule', description: 'When the rollout stops by itself.' })

export const Deadlines = z
  .strictObject({
    waiting_seconds: seconds(1).nullable().default(null).describe('Silence of a host whose wave is open.'),
    granted_seconds: seconds(1).default(1800).describe('Silence of a host that was granted a reboot.'),
    rebooting_seconds: seconds(1)
      .default(1800)
      .describe('By kexec: from the jump until it is known what came of it.'),
    cold_seconds: seconds(1).default(3600).describe('The same through firmware.'),
    powercycle_seconds: seconds(1).default(3600).describe('The same with the power off in between.'),
  })
  .meta({ id: 'Deadlines', description: 'Time in which the operator has paused the rollout does not count.' })

export const Attempts = z
  .strictObject({
    most: z.int().min(1).max(100).default(1).describe('The first one included.'),
    backoff_seconds: seconds(0).default(120),
    most_backoff_seconds: seconds(0).default(3600),
  })
  .meta({ id: 'Attempts' })

const WEEK_S = 604_800

export const DenyModel = z
  .strictObject({
    hosts: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe('So many hosts of one model on which kexec failed last.'),
    within_seconds: seconds(1).default(WEEK_S),
    lasts_seconds: seconds(1)
      .default(4 * WEEK_S)
      .describe('From the last of those failures on.'),
  })
  .meta({
    id: 'DenyModel',
    description:
      'When a reboot rule is made by itself that denies a hardware model kexec, with the plans as evidence. An operator may take it back.',
  })

/** What a rollout is made of; it never changes. */
export const rolloutSpec = {
  name: words(100).min(1),
  selector: Selector.describe('Resolved once, when the rollout is made.'),
  boot_entry: BootEntryId,
  pool: PoolName.default('default').describe('Where its leases come from.'),
  waves: z.array(Share).max(MAX_WAVES).default([]).describe('None: one host, 10 %, 30 %, the rest.'),
  max_unavailable: Share.default({ count: 1 }).describe(
    'Hosts away at once; granted and missing ones count.',
  ),
  failure_domain: z
    .strictObject({ label: LabelName, per_domain: z.int().min(1).max(MAX_HOSTS).nullable().default(null) })
    .nullable()
    .default(null)
    .describe('By this label; null per domain: hosts of one domain at a time.'),
  soak_seconds: seconds(0).default(600).describe('After a wave has settled, before the next one.'),
  windows: z.array(Window).max(MAX_WINDOWS).default([]).describe('None: always.'),
  freezes: z.array(Freeze).max(MAX_WINDOWS).default([]),
  health: z.array(HealthGate).max(MAX_GATES).default([]),
  halt: HaltRule.prefault({}),
  deadlines: Deadlines.prefault({}),
  attempts: Attempts.prefault({}),
  on_failure: z
    .enum(['hold', 'roll-back'])
    .default('hold')
    .describe('roll-back: a host that came back otherwise, and has no attempt left, goes back once.'),
  fallback_entry: BootEntryId.nullable()
    .default(null)
    .describe('What it goes back to; null: what its last other plan that landed had booted.'),
  deny_model: DenyModel.nullable()
    .default(null)
    .describe('Null: only operators deny a hardware model kexec.'),
  approvals: z.int().min(0).max(10).default(0).describe('How many other people must approve.'),
}

export const NewRollout = z.strictObject(rolloutSpec).meta({
  id: 'NewRollout',
  description: 'Only its own hosts count for `max_unavailable`; the pool is shared with other rollouts.',
})
export type NewRollout = z.infer<typeof NewRollout>
