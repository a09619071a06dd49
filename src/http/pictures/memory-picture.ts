import { mapPicture, mapSvg, type MapPicture, type SvgOptions } from '../../picture/index.ts'
import type { PlanBody, PlanFailure } from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import type { PictureQuery } from '../../wire/picture.ts'
import { pinDrift } from '../pins/pin-drift.ts'

/** What is drawn beside a boot's memory and the host's pins. */
export interface Beside {
  readonly plan?: PlanBody | null
  readonly failure?: PlanFailure | null
}

/** Columns of text that somebody reads who has named no width. */
export const TEXT = { columns: 120, colour: false } as const

/** One stored boot with the host's pins as they are today, and whether they hold in it. */
export async function memoryPicture(
  rows: Rows,
  host: Host,
  row: SnapshotRow,
  { plan, failure, at }: Beside & { readonly at: Date },
): Promise<MapPicture> {
  const { snapshot, pins, drift, booted } = await pinDrift(rows, host, row, at)
  return mapPicture({
    snapshot,
    title: host.hostname,
    pins,
    drift,
    booted,
    ...(plan && { plan }),
    ...(failure && { failure }),
  })
}

export function memorySvg(picture: MapPicture, query: PictureQuery): string {
  return mapSvg(picture, svgOptions(query))
}

export function svgOptions({ scale, width, embed }: PictureQuery): SvgOptions {
  return { scale, width, standalone: embed === 'false' }
}
