import { z } from 'zod'
import { SCALES, WIDTHS } from '../picture/index.ts'
import { MapFacts, StripFacts } from './map.ts'
import { Purpose, StrategyName } from './names.ts'
import { PlanBody } from './plan-body.ts'
import { LoadFailure } from './placements.ts'
import { BootEntryId, HostId, PlanId, SnapshotId } from './scalars.ts'

/** What every picture takes; text and JSON do not go by it. */
export const PictureQuery = z.strictObject({
  scale: z
    .enum(SCALES)
    .default('ordinal')
    .describe('ordinal: what is small is seen as well. linear: true proportion.'),
  width: z.coerce.number().int().min(WIDTHS.least).max(WIDTHS.most).default(WIDTHS.usual),
  embed: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Without a style of its own, for a page that brings the rules.'),
})
export type PictureQuery = z.infer<typeof PictureQuery>

export const MapQuery = PictureQuery.extend({
  plan: PlanId.optional().describe("Also draws that plan's segments; it must be this host's."),
})

export const PlacementMapQuery = PictureQuery.extend({
  boot_entry: BootEntryId,
  purpose: Purpose.default('reboot'),
  strategy: StrategyName.default('pinned'),
  snapshot: SnapshotId.optional().describe("Default: the host's newest."),
})

/** What planning a boot entry would give now. */
export const PlacementMap = z
  .strictObject({
    host: HostId,
    snapshot: SnapshotId,
    boot_entry: BootEntryId,
    plan: PlanBody.nullable(),
    failure: LoadFailure.nullable().describe('Why there is no plan.'),
    facts: MapFacts,
  })
  .meta({ id: 'PlacementMap' })
export type PlacementMap = z.infer<typeof PlacementMap>

/** As many columns as a picture has room for. */
const MOST_BOOTS = 60

export const StabilityQuery = PictureQuery.extend({
  boots: z.coerce.number().int().min(1).max(MOST_BOOTS).default(12).describe('So many of the newest.'),
})

export const Stability = StripFacts.extend({
  host: HostId,
  snapshots: z.array(SnapshotId).describe('The last of each boot, in the order of `boots`.'),
}).meta({ id: 'Stability', description: "A host's boots side by side: what is free in all of them." })
export type Stability = z.infer<typeof Stability>
