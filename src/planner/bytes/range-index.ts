import { merged, type Range } from './range.ts'

/** Things that lie in memory, to be asked many times which of them is in the way of something. */
export interface RangeIndex<T> {
  /** By first byte; of those that begin at the same one, in the order given. */
  readonly items: readonly { readonly range: Range; readonly item: T }[]
  /** The highest last byte of each and of all before it: it only ever rises. */
  readonly reach: readonly number[]
}

export function rangeIndex<T>(things: readonly T[], rangeOf: (thing: T) => Range): RangeIndex<T> {
  const items = things.map((item) => ({ range: rangeOf(item), item }))
  items.sort((a, b) => a.range.start - b.range.start)
  let highest = -1
  const reach = items.map(({ range }) => (highest = Math.max(highest, range.last)))
  return { items, reach }
}

/** The first, by its first byte, that shares a byte with `r`. Costs log n. */
export function firstOverlap<T>({ items, reach }: RangeIndex<T>, r: Range): T | undefined {
  let low = 0
  let high = reach.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((reach[middle] as number) < r.start) low = middle + 1
    else high = middle
  }
  const found = items[low]
  return found && found.range.start <= r.last ? found.item : undefined
}

/** The ranges as one set of bytes, to be asked many times whether it holds all of something. */
export function coverOf(ranges: readonly Range[]): (r: Range) => boolean {
  const index = rangeIndex(merged(ranges), (range) => range)
  return (r) => {
    const found = firstOverlap(index, r)
    return found !== undefined && found.start <= r.start && r.last <= found.last
  }
}
