import type { Pin } from '../planner/index.ts'
import { newId } from '../store/new-id.ts'
import type { Host } from '../store/hosts.ts'
import type { PinChange, Pin as PinRow } from '../store/pins.ts'
import type { Writing } from './write.ts'

/** Makes the host's pins those given; every difference is one row of their history. */
export async function changePins(
  writing: Writing,
  host: Host,
  { to, by }: { to: readonly Pin[]; by: string },
): Promise<void> {
  const { rows, at } = writing
  const before = await rows.pins.of(host.id)
  const generation = host.pinGeneration + 1
  const changes: PinChange[] = []
  const of = { hostId: host.id, generation, at, by }
  for (const { purpose, kind, mem, room, reason } of to) {
    const old = before.find((pin) => samePlace(pin, { purpose, kind }))
    if (old && old.mem === mem && old.room === room) continue
    const change = old && old.mem !== mem ? 'moved' : 'set'
    changes.push({ ...of, id: newId('pch', at), purpose, kind, change, mem, room, reason })
    await rows.pins.set({ hostId: host.id, purpose, kind, mem, room, reason, setAt: at, setBy: by })
  }
  for (const pin of before.filter((pin) => !to.some((wanted) => samePlace(pin, wanted)))) {
    const { purpose, kind } = pin
    const gone = { mem: null, room: null, reason: 'no longer pinned' }
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

function samePlace(pin: Pick<PinRow, 'purpose' | 'kind'>, other: Pick<PinRow, 'purpose' | 'kind'>): boolean {
  return pin.purpose === other.purpose && pin.kind === other.kind
}
