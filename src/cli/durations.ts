import type { RebootDuration, RebootDurations } from '../wire/reboot-duration.ts'
import type { ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface DurationsOptions extends RemoteOptions {
  readonly arch?: 'arm64' | 'x86_64'
  readonly model?: string
  readonly days?: number
}

/** `berth durations`: how long hosts are away when they reboot, and what kexec saves. */
export function durationsCommand(asked: Asked<DurationsOptions>): Promise<ExitCode> {
  const { options } = asked
  return overApi('durations', asked, async (remote) => {
    const { arch, model: hardware_model, days } = options
    const { body } = await remote.get('/v1/reboot-durations', { query: { arch, hardware_model, days } })
    return remote.show(body, () => durationsText(body))
  })
}

function durationsText({ since, items }: RebootDurations): string {
  if (items.length === 0) return `no reboot was measured since ${since}\n`
  const titles = ['mode', 'arch', 'hardware model', 'reboots', 'median', 'p90', 'max', 'saved against cold']
  return table(titles, items.map(row))
}

function row(one: RebootDuration): string[] {
  const { mode, arch, hardware_model: model, count, saved_against_cold: saved } = one
  const times = [one.median_seconds, one.p90_seconds, one.max_seconds].map(secondsText)
  const each = saved
    ? `${secondsText(saved.median_seconds)} each, ${secondsText(saved.total_seconds)} in all`
    : '-'
  return [mode, arch, model === '' ? '-' : model, String(count), ...times, each]
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}
