import type { SegmentKind } from '../names.ts'
import { archOf } from '../arch/index.ts'
import type { Placer } from '../arch/arch.ts'
import { hex } from '../bytes/phys-addr.ts'
import { rangeOfSize, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { roomFor } from '../pin/headroom.ts'
import type { Pin } from '../pin/pin.ts'
import { DEFAULT_POLICY, type Growth } from '../pin/policy.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'
import { pinned, type Grounds } from '../place/pinned.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import { searchWalk } from '../place/search-walk.ts'
import { commonGrounds, type Layout } from './group-layout.ts'
import { planLoad } from './plan-load.ts'
import type { Sha256 } from './plan-request.ts'

/** Pins that hold on every one of some layouts, and the ground that they share. */
export interface CommonPlace {
  readonly pins: readonly Pin[]
  readonly grounds: Grounds
  /** Of each kind, the bytes that the largest of them fills. */
  readonly sizes: ReadonlyMap<SegmentKind, number>
}

/** What found no place on shared ground. */
export interface NoCommonPlace {
  /** Null where all found one. */
  readonly buf: KexecBuf | null
  /** Segments that were placed before. */
  readonly taken: readonly Range[]
  /** Layouts that have no plan at all, or whose own does not keep the pins: their loaders allow less. */
  readonly unlike: readonly Layout[]
}

interface Need {
  readonly memsz: number
  readonly align: number
  readonly growth: number
}
type Needs = ReadonlyMap<SegmentKind, Need>

/** Limits may differ from loader to loader: so often pins are shown to all once more before that is given up. */
const MAX_ROUNDS = 4

/**
 * Finds one set of pins for several layouts: on the ground that all share, for the largest segment of each kind,
 * and checked by a plan of each.
 *
 * Keeps the pins of `start` that hold on all. With room to grow first; then without; then, where an architecture
 * places small segments before large ones, the largest first.
 *
 * Errors: the segment that found no place.
 */
export function commonPlace(
  layouts: readonly Layout[],
  start: readonly Pin[],
  sha256: Sha256,
  grounds = sharedBy(layouts),
): Result<CommonPlace, NoCommonPlace> {
  const unable = layouts.filter((l) => !l.load)
  if (unable.length > 0) return err({ buf: null, taken: [], unlike: unable })
  const needs = needsOf(layouts)
  const inTurn = neediestFirst(layouts)
  const ways: readonly (() => Result<readonly Pin[], NoCommonPlace>)[] = [
    () => settle(inTurn, grounds, needs, start),
    () => settle(inTurn, grounds, withoutRoom(needs), start),
    () => largestFirst(inTurn, grounds, needs),
  ]
  let failed: NoCommonPlace | null = null
  for (const way of ways) {
    const pins = way()
    if (!pins.ok) {
      failed = pins.error
      continue
    }
    const unlike = inTurn.filter((layout) => !keepsAll(layout, pins.value, sha256))
    const sizes = new Map([...needs].map(([kind, { memsz }]) => [kind, memsz]))
    if (unlike.length === 0) return ok({ pins: pins.value, grounds, sizes })
    failed = { buf: null, taken: [], unlike }
  }
  return err(failed as NoCommonPlace)
}

/** Whether a host of this layout, planned by itself today, keeps every one of the pins. */
export function keepsAll({ request }: Layout, pins: readonly Pin[], sha256: Sha256): boolean {
  const policy = { ...(request.policy ?? DEFAULT_POLICY), onBroken: 'prefer' as const }
  const plan = planLoad({ ...request, pins, policy }, sha256)
  return plan.ok && plan.value.segments.every((s) => s.chosen === 'kept-pin' || s.chosen === 'random')
}

export function sharedBy(layouts: readonly Layout[]): Grounds {
  return layouts.map((l) => l.grounds).reduce(commonGrounds)
}

/** Plans one after the other with the pins of those before, until all keep all of them. */
function settle(
  layouts: readonly Layout[],
  grounds: Grounds,
  needs: Needs,
  start: readonly Pin[],
): Result<readonly Pin[], NoCommonPlace> {
  let pins = start
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved: KexecBuf | undefined
    for (const layout of layouts) {
      const segments = placed(layout, grounds, needs, pins)
      if (!segments.ok) return segments
      const fresh = segments.value.filter((s) => s.chosen !== 'kept-pin' && s.chosen !== 'random')
      moved ??= layout.bufs.find((buf) => fresh.some((s) => s.kind === buf.kind))
      const others = pins.filter((p) => !fresh.some((s) => s.kind === p.kind))
      pins = [...others, ...fresh.map((s) => pinOf(s, layout))]
    }
    if (!moved) return ok(pins.filter((p) => needs.has(p.kind)))
    if (round === MAX_ROUNDS - 1) return err({ buf: moved, taken: [], unlike: [] })
  }
  throw new Error('the last round returns')
}

function pinOf({ kind, mem, room, because }: Segment, { request }: Layout): Pin {
  return { purpose: request.purpose, kind, mem: hex(mem), room, reason: because }
}

/** One layout's load over ground that is not its own alone. */
function placed(
  { load, request }: Layout,
  grounds: Grounds,
  needs: Needs,
  pins: readonly Pin[],
): Result<readonly Segment[], NoCommonPlace> {
  if (!load) throw new Error('what is refused anywhere has no place to be looked for')
  const { random } = request.policy ?? DEFAULT_POLICY
  const headroom: { [kind in SegmentKind]?: Growth } = {}
  for (const [kind, { growth }] of needs) headroom[kind] = { percent: 0, bytes: growth }
  const place = pinned({
    grounds,
    pins,
    pageSize: load.pageSize,
    policy: { onBroken: 'prefer', headroom, random },
    draw: () => 0,
    holder: () => null,
  })
  let failed: NoCommonPlace | undefined
  const placer: Placer = (buf, before) => {
    const wide = widened(buf, needs)
    const segment = place(wide, before)
    if (!segment.ok) failed ??= { buf: wide, taken: before.map(rangeOf), unlike: [] }
    return segment
  }
  const placement = archOf(request.snapshot.arch).place(load, placer)
  if (placement.ok) return ok(placement.value.segments)
  if (!failed) throw new Error(`${placement.error.code} was looked for before`)
  return err(failed)
}

/** Only where limits do not hang on the kernel's place: elsewhere the kernel is the first to be placed. */
function largestFirst(
  layouts: readonly Layout[],
  grounds: Grounds,
  needs: Needs,
): Result<readonly Pin[], NoCommonPlace> {
  const [lead] = layouts as [Layout]
  const tight = withoutRoom(needs)
  if (lead.bufs[0]?.kind === 'kernel') return settle(layouts, grounds, tight, [])
  const random = layouts.flatMap((l) => l.request.policy?.random ?? [])
  const bufs = lead.bufs.filter((b) => !random.includes(b.kind)).map((b) => widened(b, needs))
  const pins: Pin[] = []
  const taken: Range[] = []
  for (const buf of bufs.sort((a, b) => b.memsz - a.memsz)) {
    const search = (ranges: readonly Range[]) =>
      searchWalk({ buf, ranges, visits: 'descending', taken, search: 'last-memsz+1' })
    const calm = search(grounds.calm)
    const stable = calm.ok ? calm : search(grounds.stable)
    const hole = stable.ok ? stable : search(grounds.today)
    if (!hole.ok) return err({ buf, taken, unlike: [] })
    const { kind, memsz: room, offset } = buf
    const mem = hex(hole.value + offset)
    pins.push({ purpose: lead.request.purpose, kind, mem, room, reason: 'no pin yet' })
    taken.push(rangeOfSize(hole.value, buf.memsz))
  }
  return settle(layouts, grounds, tight, pins)
}

function widened(buf: KexecBuf, needs: Needs): KexecBuf {
  const { memsz = 0, align = 0 } = needs.get(buf.kind) ?? {}
  return { ...buf, memsz: Math.max(buf.memsz, memsz), align: Math.max(buf.align, align) }
}

/** Of each kind the most that any of them asks for. */
function needsOf(layouts: readonly Layout[]): Needs {
  const needs = new Map<SegmentKind, Need>()
  for (const { bufs, load, request } of layouts) {
    const { headroom } = request.policy ?? DEFAULT_POLICY
    for (const buf of bufs) {
      const before = needs.get(buf.kind) ?? { memsz: 0, align: 0, growth: 0 }
      const growth = roomFor(buf, load?.pageSize ?? buf.align, headroom) - buf.memsz
      needs.set(buf.kind, {
        memsz: Math.max(before.memsz, buf.memsz),
        align: Math.max(before.align, buf.align),
        growth: Math.max(before.growth, growth),
      })
    }
  }
  return needs
}

function withoutRoom(needs: Needs): Needs {
  return new Map([...needs].map(([kind, need]) => [kind, { ...need, growth: 0 }]))
}

function neediestFirst(layouts: readonly Layout[]): readonly Layout[] {
  const all = ({ bufs }: Layout) => bufs.reduce((sum, b) => sum + b.memsz, 0)
  const byName = (a: Layout, b: Layout) => (a.key < b.key ? -1 : 1)
  return [...layouts].sort((a, b) => b.bufs.length - a.bufs.length || all(b) - all(a) || byName(a, b))
}
