import { hostNamed } from './host-named.ts'
import type { ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface TimelineOptions extends RemoteOptions {
  readonly rollout: string
  readonly host?: string
}

/** `berth rollout timeline ROLLOUT`: what happened to it, in order. */
export function rolloutTimelineCommand(asked: Asked<TimelineOptions>): Promise<ExitCode> {
  const { options } = asked
  return overApi('rollout timeline', asked, async (remote) => {
    const host = options.host && (await hostNamed(remote, options.host))
    const at = { path: { rolloutId: options.rollout }, query: { host } }
    const page = await remote.list('/v1/rollouts/{rolloutId}/timeline', at)
    const rows = page.items.map((e) => [e.at, e.kind, e.host ?? '-', e.by ?? '-', e.detail])
    return remote.show(page, () => table(['at', 'what', 'host', 'by', 'detail'], rows))
  })
}
