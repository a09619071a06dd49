import type { Histogram, MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client'
import type { DurationBucket } from '../../store/reboot-durations.ts'
import { REBOOT_WAYS } from '../../wire/reboot-duration.ts'
import { ArchName } from '../../wire/scalars.ts'
import type { Watching } from './fleet.ts'

const NAME = 'berth_reboot_duration_seconds'
const HELP =
  'How long hosts were away, from the jump to the snapshot of the next boot, by how they came back and architecture.'
/** Units: seconds. A kexec takes some, a large server's firmware half an hour. */
export const REBOOT_BOUNDS = [5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600]

/** A histogram that the database keeps: a restart, or another process, loses nothing of it. */
export function rebootHistogram(registry: Registry, { store }: Watching): void {
  const metric = {
    name: NAME,
    get: async (): Promise<MetricObjectWithValues<MetricValueWithName<string>>> => {
      const found = await store.rebootDurations.buckets(REBOOT_BOUNDS)
      const labels = REBOOT_WAYS.flatMap((mode) => ArchName.options.map((arch) => ({ mode, arch })))
      const values = labels.flatMap(({ mode, arch }) =>
        cumulative(
          { mode, arch },
          found.filter((one) => one.way === mode && one.arch === arch),
        ),
      )
      return {
        name: NAME,
        help: HELP,
        type: 'histogram' as never,
        values,
        aggregator: 'sum',
        collect: () => {},
      }
    },
  }
  // A registry asks a metric for its name and its values, and for nothing else.
  registry.registerMetric(metric as unknown as Histogram)
}

function cumulative(
  labels: { readonly mode: string; readonly arch: string },
  found: readonly DurationBucket[],
): MetricValueWithName<string>[] {
  const upTo = (last: number) =>
    found.reduce((sum, { bucket, count }) => sum + (bucket <= last ? count : 0), 0)
  const all = upTo(REBOOT_BOUNDS.length)
  const seconds = found.reduce((sum, one) => sum + one.seconds, 0)
  return [
    ...REBOOT_BOUNDS.map((le, i) => ({
      ...{ metricName: `${NAME}_bucket`, labels: { ...labels, le }, value: upTo(i) },
    })),
    { metricName: `${NAME}_bucket`, labels: { ...labels, le: '+Inf' }, value: all },
    { metricName: `${NAME}_sum`, labels, value: seconds },
    { metricName: `${NAME}_count`, labels, value: all },
  ]
}
