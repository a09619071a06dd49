import {
  bookable,
  diffBoots,
  diffSentence,
  memoryMap,
  type BootDiff,
  type Lane as Source,
  type MapChange,
  type MapLine,
  type Pin,
  type PinDrift,
  type Range,
  type Snapshot,
} from '../planner/index.ts'
import { inBoth } from '../planner/bytes/range.ts'
import { linesIn } from '../planner/memory/diff-boots.ts'
import type { Cell } from './cell.ts'
import { classOfName, type MemoryClass } from './classes.ts'
import { foldCells, grouped } from './fold.ts'
import { inPlace, pinCells } from './lanes.ts'

export interface DiffSubject {
  readonly before: Snapshot
  readonly after: Snapshot
  readonly title?: string
  /** What the two boots are called. */
  readonly names?: readonly [before: string, after: string]
  readonly pins?: readonly Pin[]
  /** Of those pins in the later boot. */
  readonly drift?: readonly PinDrift[]
}

export const TIES = ['same', 'moved', 'resized', 'renamed'] as const

/** A line of one boot and the line of the other that it is, or has become. */
export interface Tie {
  readonly kind: (typeof TIES)[number]
  readonly name: string
  readonly before: Range
  readonly after: Range
}

/** One source in both boots. */
export interface Panel {
  readonly source: Source
  readonly before: readonly Cell[]
  readonly after: readonly Cell[]
  readonly ties: readonly Tie[]
}

export interface DiffPicture {
  readonly title: string
  readonly names: readonly [before: string, after: string]
  readonly sentence: string
  readonly diff: BootDiff
  readonly panels: readonly Panel[]
  /** What may be booked in both boots, in one, in the other. */
  readonly usable: readonly Cell[]
  readonly pins: readonly Cell[]
  readonly drift: readonly PinDrift[]
}

/** Two boots side by side. A source that did not change has no panel, save iomem and what memblock reserves. */
export function diffPicture(subject: DiffSubject): DiffPicture {
  const { before, after, title = '', names = ['before', 'after'], pins = [], drift = [] } = subject
  const diff = diffBoots(before, after)
  const panels = panelsOf(before, after, diff)
  const usable = usableCells(before, after, diff)
  const count = [usable, ...panels.flatMap((panel) => [panel.before, panel.after])].reduce(
    (sum, cells) => sum + cells.length,
    0,
  )
  const each = Math.ceil(count / MOST_CELLS)
  const fewer = (cells: readonly Cell[]) => (each > 1 ? grouped(cells, each, () => false) : cells)
  return {
    title,
    names,
    sentence: diffSentence(diff),
    diff,
    panels: panels.map((panel) => ({
      ...panel,
      before: fewer(panel.before),
      after: fewer(panel.after),
    })),
    usable: fewer(usable),
    pins: pinCells(pins, drift, null),
    drift,
  }
}

/** As many cells as keep a picture below 100 KB, ribbons included. */
const MOST_CELLS = 240
const SOURCES: readonly Source[] = ['firmware', 'efi', 'iomem', 'memblock-memory', 'memblock-reserved']
/** UEFI's boot services and what loaders hold: nobody keeps it, and it is never the same twice. */
const LET_GO = /^UEFI memory type (1|2|3|4|7)$/

function panelsOf(before: Snapshot, after: Snapshot, diff: BootDiff): Panel[] {
  return SOURCES.flatMap((source): Panel[] => {
    const stays = (line: MapLine | null) => line === null || !LET_GO.test(line.name)
    const changes = diff.changes.filter((c) => c.lane === source && stays(c.before) && stays(c.after))
    if (changes.length === 0 && source !== 'iomem' && source !== 'memblock-reserved') return []
    const [was, is] = [before, after].map((boot) => linesIn(boot, source).filter(stays)) as [
      MapLine[],
      MapLine[],
    ]
    const panel = panelOf(source, was, is, changes, after.pageSize)
    return panel.before.length + panel.after.length > 0 ? [panel] : []
  })
}

function panelOf(
  source: Source,
  before: readonly MapLine[],
  after: readonly MapLine[],
  changes: readonly MapChange[],
  pageSize: number,
): Panel {
  const changed = new Set(changes.flatMap((c) => [lineKey(c.before), lineKey(c.after)]))
  const same = new Set(after.map(lineKey))
  const kept = before.filter((line) => same.has(lineKey(line)) && !changed.has(lineKey(line)))
  const ties = changes.flatMap(({ change, before: b, after: a }): Tie[] =>
    b && a && change !== 'added' && change !== 'removed'
      ? [{ kind: change, name: lastName(a.name), before: b.range, after: a.range }]
      : [],
  )
  const steady = sideCells(kept, new Set(), pageSize).filter((cell) => cell.class !== 'ram' || cell.depth > 0)
  return {
    source,
    before: sideCells(before, changed, pageSize),
    after: sideCells(after, changed, pageSize),
    ties: [
      ...steady.map(({ range, label }): Tie => ({ kind: 'same', name: label, before: range, after: range })),
      ...ties,
    ],
  }
}

/** The lines of one boot. Devices stay out where nothing about them changed; what is the same is put together. */
function sideCells(lines: readonly MapLine[], changed: ReadonlySet<string>, pageSize: number): Cell[] {
  const own: Cell[] = []
  const rest: Cell[] = []
  for (const line of lines) {
    const label = lastName(line.name)
    const as = classOfName(label)
    const isChanged = changed.has(lineKey(line))
    if (as === 'device' && !isChanged) continue
    const depth = line.name.split(' / ').length - 1
    const cell: Cell = { range: line.range, class: as, label, depth }
    if (isChanged) own.push(cell)
    else rest.push(cell)
  }
  return inPlace([...foldCells(inPlace(rest), pageSize), ...own])
}

/** iomem's lines are named with those that they lie in. */
function lastName(name: string): string {
  return name.split(' / ').at(-1) ?? name
}

function lineKey(line: MapLine | null): string {
  return line ? `${line.range.start} ${line.range.last} ${line.name}` : ''
}

function usableCells(before: Snapshot, after: Snapshot, { gained, lost }: BootDiff): Cell[] {
  const [was, is] = [before, after].map((boot) => bookable(memoryMap(boot), 'strict')) as [Range[], Range[]]
  const as =
    (name: MemoryClass, label: string) =>
    (range: Range): Cell => {
      return { range, class: name, label, depth: 0 }
    }
  return inPlace([
    ...inBoth(was, is).map(as('free', 'may be booked')),
    ...gained.map(as('gained', 'gained')),
    ...lost.map(as('lost', 'lost')),
  ])
}
