import {
  bookable,
  type IomemEntry,
  type MemoryMap,
  type Pin,
  type PinDrift,
  type PlanBody,
  type PlanFailure,
  type Range,
  type Snapshot,
} from '../planner/index.ts'
import { range, rangeOfSize } from '../planner/bytes/range.ts'
import { MAX_PHYS_ADDR } from '../planner/bytes/phys-addr.ts'
import { hardwareParts } from '../planner/memory/hardware-text.ts'
import { BADGE_OF, type Cell, type Lane } from './cell.ts'
import { classOfKind, classOfName } from './classes.ts'
import { rowsOf } from './rows.ts'

/** What each source says of a boot's memory, a lane a source; a source that was not captured has no lane. */
export function sourceLanes(snapshot: Snapshot, map: MemoryMap, booted: readonly Range[]): Lane[] {
  const { firmwareMap, memblock } = snapshot
  const firmware = firmwareMap
    ? firmwareMap.map(({ range, type }) => cellOf(range, type, 0))
    : hardwareParts(snapshot).map(({ range, kind }) => cellOf(range, kind, 0))
  const blocks = memblock && [
    ...memblock.memory.map(({ range, flags }) => cellOf(range, flagged('memory', flags), 0)),
    ...memblock.reserved.map(({ range, flags }) => cellOf(range, flagged('reserved', flags), 1)),
  ]
  return [
    { name: 'firmware', cells: inPlace(firmware) },
    { name: 'iomem', cells: inPlace(iomemCells(snapshot.iomem, 0)) },
    ...(blocks ? [{ name: 'memblock' as const, cells: inPlace(blocks) }] : []),
    { name: 'usable', cells: inPlace(usableCells(map, booted)) },
  ]
}

/** The segments of a plan, each before the room that is kept for it to grow. */
export function planCells(body: PlanBody): Cell[] {
  return inPlace(
    body.segments.flatMap(({ kind, mem, memsz, room, align, chosen, because }): Cell[] => {
      const badge = BADGE_OF[chosen]
      const segment: Cell = {
        range: rangeOfSize(Number(mem), memsz),
        class: classOfKind(kind),
        label: kind,
        depth: 1,
        align,
        because,
        ...(badge ? { badge } : {}),
      }
      if (room <= memsz) return [segment]
      const grown = upTo(Number(mem), room)
      return [{ range: grown, class: 'room', label: `room for ${kind}`, depth: 0 }, segment]
    }),
  )
}

/** Pins, as judged where a verdict is given; one that policy would not let move shows where it would go. */
export function pinCells(
  pins: readonly Pin[],
  drift: readonly PinDrift[],
  failure: PlanFailure | null,
): Cell[] {
  const broken = failure?.code === 'pin-broken' ? failure : null
  const cells = pins.map(({ purpose, kind, mem, room, reason }): Cell => {
    const judged = drift.find((d) => d.purpose === purpose && d.kind === kind)
    const isBroken = judged?.verdict === 'broken' || (broken?.pin.kind === kind && broken.pin.mem === mem)
    return {
      range: upTo(Number(mem), room),
      class: isBroken ? 'pin-broken' : judged?.verdict === 'at-risk' ? 'pin-at-risk' : 'pin',
      label: purpose === 'crash' ? `${kind} (crash)` : kind,
      depth: 0,
      because: judged?.sentence ?? (isBroken ? (broken?.cause ?? reason) : reason),
    }
  })
  if (!broken) return inPlace(cells)
  const { pin, nearest } = broken
  const named = pins.some((p) => p.kind === pin.kind && p.mem === pin.mem)
  const lost: Cell = {
    range: upTo(Number(pin.mem), pin.room),
    class: 'pin-broken',
    label: pin.kind,
    depth: 0,
    because: broken.cause,
  }
  const next: Cell = {
    range: upTo(Number(nearest.mem), nearest.room),
    class: classOfKind(pin.kind),
    label: pin.kind,
    depth: 1,
    badge: 'nearest',
    because: 'where it would go if policy let it move',
  }
  return inPlace([...cells, ...(named ? [] : [lost]), next])
}

/** By first byte, then by depth, then the longer before the shorter. */
export function inPlace(cells: readonly Cell[]): Cell[] {
  return [...cells].sort(
    (a, b) => a.range.start - b.range.start || a.depth - b.depth || b.range.last - a.range.last,
  )
}

function cellOf(r: Range, name: string, depth: number): Cell {
  return { range: r, class: classOfName(name), label: name, depth }
}

function iomemCells(entries: readonly IomemEntry[], depth: number): Cell[] {
  return entries.flatMap(({ range: r, name, children }) => [
    cellOf(r, name, depth),
    ...iomemCells(children, depth + 1),
  ])
}

/** What is left out has to be seen where no other lane shows it: boot logs alone know of it. */
function usableCells(map: MemoryMap, booted: readonly Range[]): Cell[] {
  const free = bookable(map, 'strict', booted).map((r): Cell => {
    return { range: r, class: 'free', label: 'may be booked', depth: 0 }
  })
  const named = [
    ...map.protected.map(({ range: r, why }): Cell => cellOf(r, why, 0)),
    ...map.hazards.map(({ range: r, why }): Cell => ({ range: r, class: 'hazard', label: why, depth: 1 })),
  ]
  const ram = map.systemRam.map((r) => cellOf(r, 'System RAM', 0))
  const rows = rowsOf([{ cells: inPlace(named) }, { cells: inPlace(ram) }])
  const left: Cell[] = []
  for (const { at, to, cells } of rows) {
    const [cell, within] = cells
    if (!cell || !within) continue
    const before = left.at(-1)
    if (before && before.label === cell.label && before.range.last + 1 === at)
      left[left.length - 1] = { ...before, range: range(before.range.start, to - 1) }
    else left.push({ ...cell, depth: 0, range: range(at, to - 1) })
  }
  return [...free, ...left]
}

function flagged(name: string, flags: readonly string[] | null): string {
  return [name, ...(flags ?? [])].join(' ')
}

/** Room may be claimed beyond the highest address that there can be. */
function upTo(start: number, bytes: number): Range {
  return range(start, Math.min(start + bytes - 1, MAX_PHYS_ADDR))
}
