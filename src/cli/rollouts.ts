import type { CommandName, Rollout, RolloutMember, RolloutPreview } from '../wire/rollout.ts'
import { hostNamed } from './host-named.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode } from './io.ts'
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
    const page = await remote.list<Rollout>('/v1/rollouts')
    const rows = page.items.map((r) => [r.id, r.state, waveText(r), countText(r.counts), r.spec.name])
    const text = table(['id', 'state', 'wave', 'hosts', 'name'], rows)
    asked.io.out(remote.json ? `${JSON.stringify(page)}\n` : text)
    return EXIT.ok
  })
}

/** `berth rollout create FILE`: a draft from a file of JSON, or the order in which hosts would go. */
export function rolloutCreateCommand(
  asked: Asked<RemoteOptions & { readonly file: string; readonly dryRun?: boolean }>,
): Promise<ExitCode> {
  const { options, io } = asked
  return overApi('rollout create', asked, async (remote) => {
    const read = readJsonFile(options.file)
    if (!read.ok) throw new RemoteFailed(inputErrorLine(read.error))
    const write = { method: 'POST', body: read.value } as const
    if (options.dryRun) {
      const path = '/v1/rollouts?dry_run=true'
      const { body } = await remote.send<RolloutPreview>({ ...write, path })
      io.out(remote.json ? `${JSON.stringify(body)}\n` : previewText(body))
      return EXIT.ok
    }
    const { body } = await remote.send<Rollout>({ ...write, path: '/v1/rollouts' })
    io.out(remote.json ? `${JSON.stringify(body)}\n` : rolloutText(body))
    return EXIT.ok
  })
}

/** `berth rollout show ROLLOUT`: where it stands, wave by wave. */
export function rolloutShowCommand(asked: Asked<OfRollout>): Promise<ExitCode> {
  return overApi('rollout show', asked, async (remote) => {
    const { body } = await remote.get<Rollout>(pathOf(asked.options.rollout))
    asked.io.out(remote.json ? `${JSON.stringify(body)}\n` : rolloutText(body))
    return EXIT.ok
  })
}

/** `berth rollout members ROLLOUT`: each host, its state and why. */
export function rolloutMembersCommand(asked: Asked<OfRollout & { state?: string }>): Promise<ExitCode> {
  const { options, io } = asked
  return overApi('rollout members', asked, async (remote) => {
    const query = options.state === undefined ? '' : `?${new URLSearchParams({ state: options.state })}`
    const page = await remote.list<RolloutMember>(`${pathOf(options.rollout)}/members${query}`)
    const rows = page.items.map((m) => {
      return [m.host, String(m.wave), m.state, m.since, String(m.failures), m.plan ?? '-', m.because]
    })
    const titles = ['host', 'wave', 'state', 'since', 'failures', 'plan', 'because']
    io.out(remote.json ? `${JSON.stringify(page)}\n` : table(titles, rows))
    return EXIT.ok
  })
}

/** `berth rollout submit ROLLOUT`, and the other commands; each with a reason. */
export function rolloutCommand(name: CommandName): (asked: Asked<Commanding>) => Promise<ExitCode> {
  return (asked) => told(asked, name, async () => ({}))
}

/** `berth rollout skip-host ROLLOUT HOST`: takes one host out. */
export function rolloutSkipCommand(asked: Asked<Commanding & { host: string }>): Promise<ExitCode> {
  return told(asked, 'skip-host', async (remote) => ({ host: await hostNamed(remote, asked.options.host) }))
}

function told(
  asked: Asked<Commanding>,
  command: CommandName | 'skip-host',
  more: (remote: Parameters<Parameters<typeof overApi>[2]>[0]) => Promise<object>,
): Promise<ExitCode> {
  const { options, io } = asked
  return overApi(`rollout ${command}`, asked, async (remote) => {
    const { body } = await remote.send<Rollout>({
      method: 'POST',
      path: `${pathOf(options.rollout)}/${command}`,
      body: { reason: options.reason, ...(await more(remote)) },
    })
    io.out(remote.json ? `${JSON.stringify(body)}\n` : rolloutText(body))
    return EXIT.ok
  })
}

function pathOf(rollout: string): string {
  return `/v1/rollouts/${encodeURIComponent(rollout)}`
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
