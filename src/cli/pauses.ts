import type { Schemas } from '../client/index.ts'
import { EXIT, type ExitCode } from './io.ts'
import { overApi, RemoteFailed, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface OfScope extends RemoteOptions {
  readonly scope: string
  readonly reason: string
}

/** `berth pauses`: what is paused now, beside rollouts that are. */
export function pausesCommand(asked: Asked<RemoteOptions>): Promise<ExitCode> {
  return overApi('pauses', asked, async (remote) => {
    const page = await remote.list('/v1/pauses')
    return remote.show(page, () => pausesText(page.items))
  })
}

/** `berth pause SCOPE`: pauses it, or changes the reason and the end of its pause. */
export function pauseCommand(asked: Asked<OfScope & { readonly until?: string }>): Promise<ExitCode> {
  const { options } = asked
  return overApi('pause', asked, async (remote) => {
    const path = { pausedScope: options.scope }
    const before = await remote.find('/v1/pauses/{pausedScope}', { path })
    const { body } = await remote.send('put', '/v1/pauses/{pausedScope}', {
      path,
      body: { reason: options.reason, until: timeOf(options.until) },
      etag: before?.etag ?? null,
      changes: `the pause of ${options.scope}`,
    })
    return remote.show(body, () => pausesText([body]))
  })
}

/** `berth unpause SCOPE`: rollouts go on where they stopped. */
export function unpauseCommand(asked: Asked<OfScope>): Promise<ExitCode> {
  const { options } = asked
  return overApi('unpause', asked, async (remote) => {
    const path = { pausedScope: options.scope }
    const { etag } = await remote.get('/v1/pauses/{pausedScope}', { path })
    const changes = `the pause of ${options.scope}`
    const query = { reason: options.reason }
    await remote.send('delete', '/v1/pauses/{pausedScope}', { path, query, etag, changes })
    return remote.say(`${options.scope} is paused no more\n`)
  })
}

function timeOf(until: string | undefined): string | null {
  if (until === undefined) return null
  const at = new Date(until)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new RemoteFailed(`--until: '${until}' is no time, as 2026-06-01T06:00:00Z`, EXIT.usage)
}

function pausesText(pauses: readonly Schemas['Pause'][]): string {
  if (pauses.length === 0) return 'neither the fleet nor a group is paused\n'
  const rows = pauses.map((p) => [p.scope, p.since, p.until ?? '-', p.set_by, p.reason])
  return table(['scope', 'since', 'until', 'set by', 'reason'], rows)
}
