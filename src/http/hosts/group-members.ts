import {
  groupPins,
  layoutOf,
  type GroupMember,
  type GroupPins,
  type Layout,
  type Pin,
} from '../../planner/index.ts'
import type { BootEntry } from '../../store/boot-entries.ts'
import type { GroupPin as GroupPinRow } from '../../store/group-pins.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { GroupPinning, NewGroupPins } from '../../wire/group-pins.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readRequest } from '../plans/make-plan.ts'
import { selectHosts } from './select-hosts.ts'
import { sha256 } from '../sha256.ts'

/** A group's common place, and the hosts that were asked. */
export interface FoundPins {
  readonly found: GroupPins
  readonly members: readonly GroupMember[]
  readonly leftOut: GroupPinning['left_out']
}

/** Where no host and no pin speaks of a group, there is none. Errors: `not-found`. */
export async function groupPinsOf(rows: Rows, group: string): Promise<GroupPinRow[]> {
  const pins = await rows.groupPins.of(group)
  if (pins.length > 0) return pins
  const [member] = await rows.hosts.list({ after: null, limit: 1 }, { group })
  if (!member) throw notFound('group: no host belongs to it')
  return pins
}

/**
 * Finds the place that a group's hosts have in common for what a boot entry loads.
 *
 * Snapshots are read one by one, and of each layout one is kept.
 *
 * Errors: `not-found` for a group, a boot entry or a host to leave out that is not there; `no-snapshot` where no host
 * is left to be asked; `arch-mismatch`, `no-common-ground`.
 */
export async function findGroupPins(rows: Rows, group: string, body: NewGroupPins): Promise<FoundPins> {
  const before = await groupPinsOf(rows, group)
  const bootEntry = await rows.bootEntries.get(body.boot_entry)
  if (!bootEntry) throw notFound('boot entry')
  const { members, leftOut } = await membersOf(rows, group, { body, bootEntry })
  if (members.length === 0) {
    throw new RequestFailed({ code: 'no-snapshot', detail: 'no host of the group has a snapshot to go by' })
  }
  const start = before.map(
    ({ purpose, kind, mem, room, reason }) => ({ purpose, kind, mem, room, reason }) as Pin,
  )
  const found = groupPins(members, start, sha256)
  if (!found.ok) throw new RequestFailed(found.error)
  return { found: found.value, members, leftOut }
}

async function membersOf(
  rows: Rows,
  group: string,
  { body, bootEntry }: { body: NewGroupPins; bootEntry: BootEntry },
): Promise<{ members: GroupMember[]; leftOut: GroupPinning['left_out'] }> {
  const members: GroupMember[] = []
  const leftOut: GroupPinning['left_out'] = []
  const layouts = new Map<string, Layout>()
  const unmet = new Set(body.leave_out)
  for await (const host of selectHosts(rows, { group })) {
    const asked = unmet.delete(host.id)
    const because = asked ? 'as asked' : await whyLeftOut(rows, host)
    if (because !== null) {
      leftOut.push({ host: host.id, because })
      continue
    }
    const wanted = { bootEntry, purpose: body.purpose, strategy: 'pinned' as const, snapshotId: null }
    const own = layoutOf((await readRequest(rows, host, wanted)).request)
    const layout = layouts.get(own.key) ?? own
    layouts.set(own.key, layout)
    const pins = (await rows.pins.of(host.id)) as readonly Pin[]
    members.push({ name: host.id, layout, pins })
  }
  if (unmet.size > 0) throw notFound('host of this group')
  return { members, leftOut }
}

async function whyLeftOut(rows: Rows, { id, state }: Host): Promise<string | null> {
  if (state === 'quarantined') return 'quarantined'
  return (await rows.snapshots.newestId(id)) === null ? 'it has posted no snapshot' : null
}
