import type { GroupPins, Pin } from '../../planner/index.ts'
import { newId } from '../../store/new-id.ts'
import type { PinChange } from '../../store/pins.ts'
import type { GroupPinning, NewGroupPins } from '../../wire/group-pins.ts'
import { recordChanges } from './change-pins.ts'
import type { FoundPins } from '../hosts/group-members.ts'
import type { Writing } from '../write.ts'

interface Kept {
  readonly group: string
  readonly body: NewGroupPins
}

/** Makes what was found the group's pins, and where that is wanted its members' own. */
export async function keepGroupPins(
  writing: Writing,
  { group, body }: Kept,
  { found, members }: FoundPins,
): Promise<void> {
  const { rows, at, actor } = writing
  const { purpose, reason } = body
  const before = await rows.groupPins.of(group)
  for (const { kind, mem, room } of found.pins) {
    const old = before.find((p) => p.purpose === purpose && p.kind === kind)
    if (old && old.mem === mem && old.room === room) continue
    await rows.groupPins.set({ group, purpose, kind, mem, room, reason, setAt: at, setBy: actor })
  }
  const told = found.pins.map(({ kind, mem, room }) => ({ kind, mem, room }))
  await writing.audit('group-pins.set', group, { purpose, reason, pins: told, hosts: members.length })
  if (!body.replace_own) return
  for (const { name, pins } of members) await replaceOwn(writing, name, { pins, found, reason })
}

/** A kind of which a host has no pin yet gets the group's with its next plan, and not before. */
async function replaceOwn(
  writing: Writing,
  hostId: string,
  { pins, found, reason }: { pins: readonly Pin[]; found: FoundPins['found']; reason: string },
): Promise<void> {
  const { rows, at, actor: by } = writing
  const { purpose } = found
  const differ = found.pins.filter(({ kind, mem, room }) => {
    const own = pins.find((p) => p.purpose === purpose && p.kind === kind)
    return own && (own.mem !== mem || own.room !== room)
  })
  const host = differ.length > 0 ? await rows.hosts.get(hostId) : null
  if (!host) return
  const changes: PinChange[] = []
  for (const { kind, mem, room } of differ) {
    const moved = pins.some((p) => p.purpose === purpose && p.kind === kind && p.mem !== mem)
    const change = moved ? 'moved' : 'set'
    const pin = { hostId, purpose, kind, mem, room, reason }
    await rows.pins.set({ ...pin, setAt: at, setBy: by, loose: false })
    changes.push({ ...pin, id: newId('pch', at), generation: host.pinGeneration + 1, at, by, change })
  }
  await recordChanges(writing, host, changes)
}

function presentMove({ kind, from, to }: GroupPins['moves'][number]) {
  return { kind, from, to }
}

/** As answered; pins that members keep of their own move nowhere. */
export function presentPinning(
  { group, body }: Kept,
  { found, members, leftOut }: FoundPins,
  stored: boolean,
): GroupPinning {
  const { purpose, pins, layouts, ground, moves } = found
  return {
    group,
    boot_entry: body.boot_entry,
    purpose,
    stored,
    pins: pins.map((p) => ({ ...p })),
    layouts,
    ground,
    members: members.map(({ name: host, pins: own }) => {
      const its = body.replace_own ? moves.filter((m) => m.host === host) : []
      const had = own.some((p) => p.purpose === purpose)
      return { host, verdict: its.length > 0 ? 'moves' : had ? 'keeps' : 'new', moves: its.map(presentMove) }
    }),
    left_out: leftOut,
  }
}
