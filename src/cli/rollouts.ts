import type { Schemas } from '../client/index.ts'
import type { CommandName, Rollout, RolloutPreview } from '../wire/rollout.ts'
import { hostNamed } from './host-named.ts'
import { inputErrorLine } from './input-error.ts'
import type { ExitCode } from './io.ts'
import { readJsonFile } from './json-file.ts'
import { overApi, RemoteFailed, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface OfRollout extends RemoteOptions {
  readonly rollout: string
}

interface Commanding extends OfRollout {
  readonly reason: string
}

/** `berth rollout list`: every rollout, and how far it has come. */
export function rolloutsCommand(asked: Asked<RemoteOptions>): Promise<ExitCode> {
  return overApi('rollout list', asked, async (remote) => {
    const page = await remote.list('/v1/rollouts')
    const rows = page.items.map((r) => [r.id, r.state, waveText(r), countText(r.counts), r.spec.name])
    const text = table(['id', 'state', 'wave', 'hosts', 'name'], rows)
    return remote.show(page, () => text)
  })
}

/** `berth rollout create FILE`: a draft from a file of JSON, or the order in which hosts would go. */
export function rolloutCreateCommand(
  asked: Asked<RemoteOptions & { readonly file: string; readonly dryRun?: boolean }>,
): Promise<ExitCode> {
  const { options } = asked
  return overApi('rollout create', asked, async (remote) => {
    const read = readJsonFile(options.file)
    if (!read.ok) throw new RemoteFailed(inputErrorLine(read.error))
    const { body } = await remote.send('post', '/v1/rollouts', {
      // The service says what is wrong with it.
      body: read.value as Schemas['NewRollout'],
      query: { dry_run: options.dryRun ? 'true' : undefined },
    })
    return remote.show(body, () => ('id' in body ? rolloutText(body) : previewText(body)))
  })
}

/** `berth rollout show ROLLOUT`: where it stands, wave by wave. */
export function rolloutShowCommand(asked: Asked<OfRollout>): Promise<ExitCode> {
  return overApi('rollout show', asked, async (remote) => {
    const { body } = await remote.get('/v1/rollouts/{rolloutId}', at(asked.options))
    return remote.show(body, () => rolloutText(body))
  })
}

/** `berth rollout members ROLLOUT`: each host, its state and why. */
export function rolloutMembersCommand(
  asked: Asked<OfRollout & { state?: Schemas['MemberStateName'] }>,
): Promise<ExitCode> {
  const { options } = asked
  return overApi('rollout members', asked, async (remote) => {
    const query = { state: options.state }
    const page = await remote.list('/v1/rollouts/{rolloutId}/members', { ...at(options), query })
    const rows = page.items.map((m) => {
      return [m.host, String(m.wave), m.state, m.since, String(m.failures), m.plan ?? '-', m.because]
    })
    const titles = ['host', 'wave', 'state', 'since', 'failures', 'plan', 'because']
    return remote.show(page, () => table(titles, rows))
  })
}

/** `berth rollout submit ROLLOUT`, and the other commands; each with a reason. */
export function rolloutCommand(name: CommandName): (asked: Asked<Commanding>) => Promise<ExitCode> {
  return (asked) =>
    overApi(`rollout ${name}`, asked, async (remote) => {
      const { reason } = asked.options
      const told = { ...at(asked.options), body: { reason } }
      const { body } = await remote.send('post', `/v1/rollouts/{rolloutId}/${name}`, told)
      return remote.show(body, () => rolloutText(body))
    })
}

/** `berth rollout skip-host ROLLOUT HOST`: takes one host out. */
export function rolloutSkipCommand(asked: Asked<Commanding & { host: string }>): Promise<ExitCode> {
  return overApi('rollout skip-host', asked, async (remote) => {
    const { host, reason } = asked.options
    const told = { ...at(asked.options), body: { reason, host: await hostNamed(remote, host) } }
    const { body } = await remote.send('post', '/v1/rollouts/{rolloutId}/skip-host', told)
    return remote.show(body, () => rolloutText(body))
  })
}

function at({ rollout }: { readonly rollout: string }) {
  return { path: { rolloutId: rollout } }
}

function rolloutText(rollout: Rollout): string {
  const { id, state, since, spec, paused, halt, allowed } = rollout
  const lines = [`${id} (${spec.name}): ${state} since ${since}, ${waveText(rollout)}`]
  if (paused) lines.push(`paused by ${paused.by} since ${paused.from}`)
  if (halt) lines.push(`halted at ${halt.at}: ${halt.sentence}`)
  if (allowed.length > 0) lines.push(`it takes: ${allowed.join(', ')}`)
  const rows = rollout.waves.map((w) => [String(w.wave), String(w.hosts), countText(w.counts)])
  return `${lines.join('\n')}\n\n${table(['wave', 'hosts', 'states'], rows)}`
}

function waveText({ wave, waves }: Rollout): string {
  return wave === 0 ? counted(waves.length, 'wave') : `wave ${wave} of ${waves.length}`
}

function countText(counts: Rollout['counts']): string {
  return Object.entries(counts)
    .map(([state, hosts]) => `${hosts} ${state}`)
    .join(', ')
}

function previewText({ hosts, waves }: RolloutPreview): string {
  const rows = waves.flatMap(({ wave, hosts: those }) =>
    those.map((h) => [String(wave), h.host, h.hostname, h.domain ?? '-', h.held ?? '']),
  )
  const titles = ['wave', 'host', 'hostname', 'domain', 'kept out']
  const what = `${counted(hosts, 'host')} in ${counted(waves.length, 'wave')}`
  return `${what}; nothing was stored\n\n${table(titles, rows)}`
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
