import { sizeOf, subtract, type Range } from '../bytes/range.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { hardwareParts, hardwareText } from './hardware-text.ts'
import { memoryMap } from './memory-map.ts'
import { nearestPairs } from './nearest-pairs.ts'
import { bookable } from './views.ts'

/**
 * - `firmware`: the firmware map, as `hardwareText` has it: touching parts of one kind are one.
 * - `efi`: UEFI's runtime map.
 * - `iomem`: every line, named with the lines that it lies in.
 */
export const LANES = ['firmware', 'efi', 'iomem', 'memblock-memory', 'memblock-reserved'] as const
export type Lane = (typeof LANES)[number]

export const CHANGES = ['added', 'removed', 'moved', 'resized', 'renamed'] as const

/** One line of a lane. */
export interface MapLine {
  readonly name: string
  readonly range: Range
}

/**
 * - `moved`: same name and size, another place.
 * - `resized`: same name, and the same first or the same last byte.
 * - `renamed`: same range, another name.
 */
export interface MapChange {
  readonly lane: Lane
  readonly change: (typeof CHANGES)[number]
  /** null where it was added. */
  readonly before: MapLine | null
  /** null where it was removed. */
  readonly after: MapLine | null
}

/** What is said of a boot in words; null where both boots say the same. */
export interface WordChange {
  readonly before: string | null
  readonly after: string | null
}

/** What differs between two boots. */
export interface BootDiff {
  /** Ascending within each lane. */
  readonly changes: readonly MapChange[]
  /** Whether firmware tells another map: then nothing that was learned in the first boot counts for the second. */
  readonly hardwareChanged: boolean
  readonly release: WordChange | null
  readonly cmdline: WordChange | null
  readonly bootId: WordChange | null
  /** Of the strict view. */
  readonly gained: readonly Range[]
  readonly lost: readonly Range[]
}

/**
 * Compares the memory of two boots, lane by lane. What both have is left out; the rest is paired, by range, then
 * by border, then by size, nearest first, and what finds no partner was added or removed.
 *
 * The other way round it gives the same changes, mirrored. Costs n log n.
 */
export function diffBoots(before: Snapshot, after: Snapshot): BootDiff {
  const strict = [before, after].map((boot) => bookable(memoryMap(boot), 'strict')) as [Range[], Range[]]
  return {
    changes: LANES.flatMap((lane) => diffLane(lane, linesIn(before, lane), linesIn(after, lane))),
    hardwareChanged: hardwareText(before) !== hardwareText(after),
    release: words(before.release.text, after.release.text),
    cmdline: words(before.cmdline, after.cmdline),
    bootId: words(before.bootId, after.bootId),
    gained: subtract(strict[1], strict[0]),
    lost: subtract(strict[0], strict[1]),
  }
}

/** What a boot shows in one lane; nothing where it was not captured. */
export function linesIn(boot: Snapshot, lane: Lane): MapLine[] {
  const { memblock, efiRuntimeMap, iomem } = boot
  switch (lane) {
    case 'firmware':
      return hardwareParts(boot).map(({ range, kind }) => ({ range, name: kind }))
    case 'efi':
      return (efiRuntimeMap ?? []).map(({ range, type }) => ({ range, name: `UEFI memory type ${type}` }))
    case 'iomem':
      return iomemLines(iomem, '')
    case 'memblock-memory':
      return (memblock?.memory ?? []).map((r) => ({ range: r.range, name: flagged('memory', r.flags) }))
    case 'memblock-reserved':
      return (memblock?.reserved ?? []).map((r) => ({ range: r.range, name: flagged('reserved', r.flags) }))
  }
}

function iomemLines(entries: readonly IomemEntry[], within: string): MapLine[] {
  return entries.flatMap(({ range, name, children }) => [
    { range, name: within + name },
    ...iomemLines(children, `${within}${name} / `),
  ])
}

function flagged(name: string, flags: readonly string[] | null): string {
  return [name, ...(flags ?? [])].join(' ')
}

function words(before: string | null, after: string | null): WordChange | null {
  return before === after ? null : { before, after }
}

/** The changes of one lane. Each step pairs what the steps before it have left. */
export function diffLane(lane: Lane, before: readonly MapLine[], after: readonly MapLine[]): MapChange[] {
  const changes: MapChange[] = []
  let left: Unpaired = { before, after }
  const step = (change: MapChange['change'] | null, keyOf: KeyOf, pair = pairInOrder) => {
    const paired = pairBy(left, keyOf, pair)
    if (change) for (const [b, a] of paired.pairs) changes.push({ lane, change, before: b, after: a })
    left = paired.left
  }
  step(null, ({ name, range: r }) => `${r.start} ${r.last} ${name}`)
  step('renamed', ({ range: r }) => `${r.start} ${r.last}`)
  step('resized', ({ name, range: r }) => `${r.start} ${name}`)
  step('resized', ({ name, range: r }) => `${r.last} ${name}`)
  step('moved', ({ name, range: r }) => `${sizeOf(r)} ${name}`, pairNearest)
  for (const b of left.before) changes.push({ lane, change: 'removed', before: b, after: null })
  for (const a of left.after) changes.push({ lane, change: 'added', before: null, after: a })
  return byPlace(changes)
}

type KeyOf = (line: MapLine) => string

interface Unpaired {
  readonly before: readonly MapLine[]
  readonly after: readonly MapLine[]
}
type Pair = readonly [before: MapLine, after: MapLine]
interface Paired {
  readonly pairs: readonly Pair[]
  readonly left: Unpaired
}

/** Pairs lines that have the same key. */
function pairBy(all: Unpaired, keyOf: KeyOf, pair: (group: Unpaired) => Paired): Paired {
  const ours = byKey(all.before, keyOf)
  const theirs = byKey(all.after, keyOf)
  const pairs: (readonly Pair[])[] = []
  const before: (readonly MapLine[])[] = []
  const after: (readonly MapLine[])[] = []
  for (const [key, lines] of theirs) if (!ours.has(key)) after.push(lines)
  for (const [key, lines] of ours) {
    const others = theirs.get(key)
    const made = others ? pair({ before: lines, after: others }) : null
    before.push(made ? made.left.before : lines)
    if (!made) continue
    after.push(made.left.after)
    pairs.push(made.pairs)
  }
  return { pairs: pairs.flat(), left: { before: before.flat(), after: after.flat() } }
}

function byKey(lines: readonly MapLine[], keyOf: KeyOf): Map<string, MapLine[]> {
  const out = new Map<string, MapLine[]>()
  for (const line of lines) {
    const key = keyOf(line)
    const same = out.get(key)
    if (same) same.push(line)
    else out.set(key, [line])
  }
  return out
}

function pairInOrder(group: Unpaired): Paired {
  const before = [...group.before].sort(byLine)
  const after = [...group.after].sort(byLine)
  const n = Math.min(before.length, after.length)
  const pairs = before.slice(0, n).map((b, i): Pair => [b, after[i] as MapLine])
  return { pairs, left: { before: before.slice(n), after: after.slice(n) } }
}

function pairNearest({ before, after }: Unpaired): Paired {
  const starts = (lines: readonly MapLine[]) => lines.map((line) => line.range.start)
  const pairs = nearestPairs(starts(before), starts(after))
  const [ours, theirs] = [new Set(pairs.map(([b]) => b)), new Set(pairs.map(([, a]) => a))]
  return {
    pairs: pairs.map(([b, a]): Pair => [before[b] as MapLine, after[a] as MapLine]),
    left: { before: before.filter((_, i) => !ours.has(i)), after: after.filter((_, i) => !theirs.has(i)) },
  }
}

/** By the lower of a change's two lines, then by the other: the same order whichever boot comes first. */
function byPlace(changes: readonly MapChange[]): MapChange[] {
  return changes
    .map((change) => ({ change, ...ends(change) }))
    .sort((a, b) => byLine(a.low, b.low) || byLine(a.high, b.high))
    .map(({ change }) => change)
}

function ends({ before, after }: MapChange): { low: MapLine; high: MapLine } {
  const [one, other] = [before ?? after, after ?? before] as [MapLine, MapLine]
  return byLine(one, other) <= 0 ? { low: one, high: other } : { low: other, high: one }
}

function byLine(a: MapLine, b: MapLine): number {
  return (
    a.range.start - b.range.start ||
    a.range.last - b.range.last ||
    (a.name < b.name ? -1 : +(a.name > b.name))
  )
}
