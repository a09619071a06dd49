import type { Purpose } from '../planner/names.ts'
import type { GroupPinning, GroupPinSet } from '../wire/group-pins.ts'
import { hostNamed } from './host-named.ts'
import type { ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { exactSize } from './size.ts'
import { table } from './table.ts'

interface OfGroup extends RemoteOptions {
  readonly group: string
}

interface GroupPinOptions extends OfGroup {
  readonly bootEntry: string
  readonly reason: string
  readonly purpose?: Purpose
  /** Ids, or hostnames that are unique. */
  readonly leaveOut?: readonly string[]
  readonly keepOwn?: boolean
  readonly dryRun?: boolean
}

/** `berth group pins GROUP`: where the group wants its segments. */
export function groupPinsCommand(asked: Asked<OfGroup>): Promise<ExitCode> {
  const { options } = asked
  return overApi('group pins', asked, async (remote) => {
    const { body } = await remote.get('/v1/groups/{group}/pins', { path: { group: options.group } })
    return remote.show(body, () => setText(body))
  })
}

/** `berth group pin GROUP`: one address a segment for all hosts of the group, or who stands in the way. */
export function groupPinCommand(asked: Asked<GroupPinOptions>): Promise<ExitCode> {
  const { options } = asked
  return overApi('group pin', asked, async (remote) => {
    const { bootEntry: boot_entry, reason, purpose, keepOwn = false, dryRun = false } = options
    const leave_out: string[] = []
    for (const name of options.leaveOut ?? []) leave_out.push(await hostNamed(remote, name))
    const { body } = await remote.send('post', '/v1/groups/{group}/pins', {
      path: { group: options.group },
      query: { dry_run: dryRun ? 'true' : undefined },
      body: { boot_entry, reason, leave_out, replace_own: !keepOwn, ...(purpose && { purpose }) },
    })
    return remote.show(body, () => pinningText(body))
  })
}

function setText({ group, items }: GroupPinSet): string {
  if (items.length === 0) return `group ${group} has no pins: \`berth group pin\` finds them\n`
  const rows = items.map(({ purpose, kind, mem, room, set_by, reason }) => {
    return [purpose, kind, mem, exactSize(room), set_by, reason]
  })
  return table(['purpose', 'kind', 'address', 'room', 'set by', 'reason'], rows)
}

function pinningText({ group, stored, pins, members, left_out }: GroupPinning): string {
  const rows = pins.map(({ kind, mem, memsz, room, chosen }) => {
    return [kind, mem, exactSize(memsz), exactSize(room), chosen]
  })
  const moves = members.flatMap(({ host, moves }) =>
    moves.map(({ kind, from, to }) => `${host}: ${kind} moves from ${from} to ${to}\n`),
  )
  const counted = (['keeps', 'moves', 'new'] as const)
    .map((verdict) => [verdict, members.filter((member) => member.verdict === verdict).length] as const)
    .filter(([, n]) => n > 0)
    .map(([verdict, n]) => `${verdict} ${n}`)
  return [
    table(['kind', 'address', 'size', 'room', 'chosen'], rows),
    `\ngroup ${group}, ${members.length} ${members.length === 1 ? 'host' : 'hosts'}: ${counted.join(', ')}\n`,
    ...moves,
    ...left_out.map(({ host, because }) => `${host}: left out, ${because}\n`),
    stored ? '' : 'nothing was stored: this was a dry run\n',
  ].join('')
}
