import { placesIn } from '../place/nearest-hole.ts'
import type { Pin } from '../pin/pin.ts'
import { commonGrounds, type Layout } from './group-layout.ts'
import { commonPlace, keepsAll, sharedBy, type CommonPlace, type NoCommonPlace } from './group-place.ts'
import type { Grounds } from '../place/pinned.ts'
import type { Sha256 } from './plan-request.ts'

/** Hosts that stand or fall together. */
export interface Class {
  readonly layout: Layout
  /** Ascending. */
  readonly names: readonly string[]
}

/** Those of a group that have a common place, once the others are left out. */
export interface Rest {
  readonly kept: readonly Class[]
  readonly left: readonly Class[]
  /** Null where nobody is kept. */
  readonly place: CommonPlace | null
}

/** Who is asked, the pins to begin with, and a digest. */
export interface Search {
  readonly classes: readonly Class[]
  /** Those that have no place even by themselves. */
  readonly hopeless: readonly Class[]
  readonly start: readonly Pin[]
  readonly sha256: Sha256
}

/**
 * Each class by which alone it fails: without it, the others have a common place. In the order of `classes`.
 *
 * The ground of the others is what those before share and those behind share, so that it is not made anew for each.
 */
export function aloneInTheWay({ classes, hopeless, start, sha256 }: Search): Rest[] {
  if (classes.length < 2 || hopeless.length > 1) return []
  const before = runningGrounds(classes)
  const behind = runningGrounds([...classes].reverse()).reverse()
  return classes.flatMap((one, i) => {
    if (hopeless.some((c) => c !== one)) return []
    const sides = [before[i - 1], behind[i + 1]].filter((g) => g !== undefined)
    const kept = classes.filter((c) => c !== one)
    const place = commonPlace(layoutsOf(kept), start, sha256, sides.reduce(commonGrounds))
    return place.ok ? [{ kept, left: [one], place: place.value }] : []
  })
}

/**
 * Leaves out as few hosts as it sees: of the segment that found no place, the one that most hosts have is taken,
 * those that do not have it are left out, and the rest is asked again. Who fits in after all comes back.
 */
export function greedyRest({ classes, hopeless, start, sha256 }: Search): Rest {
  let kept: readonly Class[] = classes.filter((c) => !hopeless.includes(c))
  for (;;) {
    if (kept.length === 0) return { kept: [], left: classes, place: null }
    const place = commonPlace(layoutsOf(kept), start, sha256)
    if (place.ok) return broughtBack({ kept, classes, place: place.value }, sha256)
    kept = fewer(kept, place.error)
  }
}

export function layoutsOf(classes: readonly Class[]): Layout[] {
  return classes.map((c) => c.layout)
}

export function hostsOf(classes: readonly Class[]): number {
  return classes.reduce((sum, c) => sum + c.names.length, 0)
}

/** Whether a host of the class has a place at all when nobody else counts. */
export function planAlone({ layout }: Class, start: readonly Pin[], sha256: Sha256): boolean {
  return layout.load !== null && commonPlace([layout], start, sha256).ok
}

function broughtBack(
  { kept, classes, place }: { kept: readonly Class[]; classes: readonly Class[]; place: CommonPlace },
  sha256: Sha256,
): Rest {
  const out = mostFirst(classes.filter((c) => !kept.includes(c)))
  const back = out.filter((c) => c.layout.load && keepsAll(c.layout, place.pins, sha256))
  const all = classes.filter((c) => kept.includes(c) || back.includes(c))
  const grounds = sharedBy(layoutsOf(all))
  return { kept: all, left: classes.filter((c) => !all.includes(c)), place: { ...place, grounds } }
}

/** Those that share the place which most hosts have; never all of them again. */
function fewer(classes: readonly Class[], { buf, taken, unlike }: NoCommonPlace): readonly Class[] {
  const like = classes.filter((c) => !unlike.includes(c.layout))
  if (like.length < classes.length || !buf) return like
  const holders = classes.map((c) => ({ c, places: placesIn(buf, c.layout.grounds.today, taken) }))
  const ends = holders.flatMap(({ c, places }) =>
    places.flatMap(({ lowest, highest }) => [
      { at: lowest, more: c.names.length },
      { at: highest + 1, more: -c.names.length },
    ]),
  )
  // At one address those that end go first: a place is shared by those that have begun and not ended.
  ends.sort((a, b) => a.at - b.at || a.more - b.more)
  let count = 0
  let best = { at: 0, count: 0 }
  for (const { at, more } of ends) {
    count += more
    if (count > best.count) best = { at, count }
  }
  const sharing = holders
    .filter(({ places }) => places.some((p) => p.lowest <= best.at && best.at <= p.highest))
    .map(({ c }) => c)
  const cut = sharing.length > 0 && sharing.length < classes.length
  return cut ? sharing : classes.filter((c) => c !== mostFirst(classes).at(-1))
}

function mostFirst(classes: readonly Class[]): Class[] {
  const name = (c: Class) => c.names[0] ?? ''
  return [...classes].sort((a, b) => b.names.length - a.names.length || (name(a) < name(b) ? -1 : 1))
}

function runningGrounds(classes: readonly Class[]): Grounds[] {
  const out: Grounds[] = []
  for (const { layout } of classes) {
    const before = out.at(-1)
    out.push(before ? commonGrounds(before, layout.grounds) : layout.grounds)
  }
  return out
}
