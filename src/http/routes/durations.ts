import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { DurationGroup } from '../../store/reboot-durations.ts'
import { RebootDurationQuery, RebootDurations, type RebootDuration } from '../../wire/reboot-duration.ts'
import { access, answers } from '../contract.ts'
import type { Shell } from '../shell.ts'

const viewer = access('viewer')
const DAY_MS = 24 * 3600 * 1000

/** How long reboots take, and what kexec saves. */
export const durations: FastifyPluginAsyncZod<Pick<Shell, 'store' | 'now'>> = async (app, { store, now }) => {
  app.get('/reboot-durations', {
    config: viewer.config,
    schema: {
      operationId: 'listRebootDurations',
      summary: 'How long hosts are away, by mode, architecture and hardware model; what kexec saves',
      description:
        'Measured from when the service hears that a host is about to jump until it has the snapshot of the next boot, by its own clock: shutdown, boot and the start of the agent are in it. A reboot of whose jump nobody heard is not counted. Durations of emulated hosts are those of the emulation. Median and p90 are measured ones, not interpolated. Each reboot is counted under the hardware model that the host had then.',
      tags: ['reboot-durations'],
      security: viewer.security,
      querystring: RebootDurationQuery,
      response: answers('viewer', { 200: RebootDurations }),
    },
    handler: async ({ query }) => {
      const { arch, hardware_model: hardwareModel, days } = query
      // The same question gets the same answer for a while, and the same ETag.
      const since = new Date(Math.floor(now().getTime() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS)
      const groups = await store.rebootDurations.groups({
        since,
        ...(arch === undefined ? {} : { arch }),
        ...(hardwareModel === undefined ? {} : { hardwareModel }),
      })
      return { since: since.toISOString(), items: groups.map((group) => present(group, groups)) }
    },
  })
}

function present(group: DurationGroup, all: readonly DurationGroup[]): RebootDuration {
  const { way, arch, hardwareModel, count, median, p90, max } = group
  const same = (other: DurationGroup) => other.arch === arch && other.hardwareModel === hardwareModel
  const cold = way === 'kexec' ? all.find((other) => other.way === 'cold' && same(other)) : undefined
  const saved = cold ? cold.median - median : null
  return {
    mode: way as RebootDuration['mode'],
    arch: arch as RebootDuration['arch'],
    hardware_model: hardwareModel,
    ...{ count, median_seconds: median, p90_seconds: p90, max_seconds: max },
    saved_against_cold:
      saved === null ? null : { median_seconds: millis(saved), total_seconds: millis(saved * count) },
  }
}

/** Durations are measured to the millisecond; what is computed from them is no more exact. */
function millis(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
