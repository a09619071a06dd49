import type { Pin, PlanBody } from '../../planner/index.ts'
import { newId } from '../../store/new-id.ts'
import type { Host } from '../../store/hosts.ts'
import type { PinChange, Pin as PinRow } from '../../store/pins.ts'
import type { PinChange as WireChange } from '../../wire/pin.ts'
import type { Writing } from '../write.ts'

/** Makes of the host's pins as they stand those that a plan leaves behind; every difference is one row of their history. */
export async function changePins(
  writing: Writing,
  host: Host,
  { before, to, by, body }: { before: readonly PinRow[]; to: readonly Pin[]; by: string; body: PlanBody },
): Promise<void> {
  const { rows, at } = writing
  const of = { hostId: host.id, generation: host.pinGeneration + 1, at, by }
  const changes: PinChange[] = []
  const added: PinRow[] = []
  for (const { purpose, kind, mem, room, reason, loose = false } of to) {
    const old = before.find((pin) => samePlace(pin, { purpose, kind }))
    const segment = purpose === body.purpose ? body.segments.find((s) => s.kind === kind) : undefined
    // What a group pins becomes a host's own where a plan puts it, and not before.
    if (!old && !segment) continue
    if (old && old.mem === mem && old.room === room && old.loose === loose) continue
    const change = changeOf(old, mem, segment?.chosen)
    changes.push({ ...of, id: newId('pch', at), purpose, kind, change, mem, room, reason })
    const pin = { hostId: host.id, purpose, kind, mem, room, reason, setAt: at, setBy: by, loose }
    if (old) await rows.pins.set(pin)
    else added.push(pin)
  }
  await rows.pins.add(added)
  for (const pin of before.filter((pin) => !to.some((wanted) => samePlace(pin, wanted)))) {
    const { purpose, kind } = pin
    const gone = { mem: null, room: null, reason: whyGone(pin, body) }
    changes.push({ ...of, id: newId('pch', at), purpose, kind, change: 'forgotten', ...gone })
    await rows.pins.forget(pin)
  }
  await recordChanges(writing, host, changes)
}

/** Writes changes into the history, the audit and the set's generation; none changes nothing. */
export async function recordChanges(
  writing: Writing,
  host: Host,
  changes: readonly PinChange[],
): Promise<void> {
  if (changes.length === 0) return
  await writing.rows.pins.record(changes)
  await writing.rows.hosts.update(host.id, { pinGeneration: host.pinGeneration + 1 })
  const told = changes.map(({ purpose, kind, change, mem, reason }) => ({
    purpose,
    kind,
    change,
    mem,
    reason,
  }))
  await writing.audit('pins.change', host.id, { generation: host.pinGeneration + 1, changes: told })
}

function changeOf(
  old: PinRow | undefined,
  mem: string,
  chosen: PlanBody['segments'][number]['chosen'] | undefined,
): WireChange['change'] {
  if (chosen === 'repinned') return 'repinned'
  return old && old.mem !== mem ? 'moved' : 'set'
}

function whyGone({ purpose, kind }: PinRow, body: PlanBody): string {
  const { chosen } = body.segments.find((s) => s.kind === kind && purpose === body.purpose) ?? {}
  if (chosen === 'random') return 'its kind is placed at random by policy, and pinned nowhere'
  const repinned = body.segments.find((s) => s.chosen === 'repinned')
  return repinned ? `${repinned.because}; this plan has no ${kind}` : 'no longer pinned'
}

function samePlace(pin: Pick<PinRow, 'purpose' | 'kind'>, other: Pick<PinRow, 'purpose' | 'kind'>): boolean {
  return pin.purpose === other.purpose && pin.kind === other.kind
}
