/**
 * Pairs places of one list with places of another, the two nearest to each other first, then the two
 * nearest of those that are left; of two pairs as near as each other the lower one first. Costs n log n.
 *
 * Among all that are left, the nearest two of different lists always stand next to each other: so only
 * neighbours are looked at, and what stood around a pair become neighbours once it is taken out.
 *
 * Gives the indexes of each pair. What finds no partner is in none.
 */
export function nearestPairs(a: readonly number[], b: readonly number[]): [number, number][] {
  const places: Place[] = [
    ...a.map((at, index) => ({ at, index, ofA: true })),
    ...b.map((at, index) => ({ at, index, ofA: false })),
  ].sort((x, y) => x.at - y.at || Number(y.ofA) - Number(x.ofA) || x.index - y.index)
  const below = places.map((_, i) => i - 1)
  const above = places.map((_, i) => i + 1)
  const taken = places.map(() => false)
  const heap: Candidate[] = []
  const consider = (low: number, high: number) => {
    const [x, y] = [places[low], places[high]]
    if (x && y && x.ofA !== y.ofA) push(heap, { low, high, far: y.at - x.at, at: x.at })
  }
  for (let i = 1; i < places.length; i++) consider(i - 1, i)

  const pairs: [number, number][] = []
  for (let next = pop(heap); next; next = pop(heap)) {
    const { low, high } = next
    if (taken[low] || taken[high]) continue
    taken[low] = taken[high] = true
    const [x, y] = [places[low] as Place, places[high] as Place]
    pairs.push(x.ofA ? [x.index, y.index] : [y.index, x.index])
    const [under, over] = [below[low] as number, above[high] as number]
    if (over < places.length) below[over] = under
    if (under >= 0) above[under] = over
    consider(under, over)
  }
  return pairs
}

interface Place {
  readonly at: number
  readonly index: number
  readonly ofA: boolean
}

/** Two neighbours of different lists. */
interface Candidate {
  readonly low: number
  readonly high: number
  readonly far: number
  readonly at: number
}

function isSooner(a: Candidate, b: Candidate): boolean {
  return a.far === b.far ? a.at < b.at : a.far < b.far
}

/** A binary heap: each candidate is not sooner than the one at half its index. */
function push(heap: Candidate[], added: Candidate): void {
  let i = heap.length
  while (i > 0) {
    const half = Math.floor((i - 1) / 2)
    const parent = heap[half] as Candidate
    if (!isSooner(added, parent)) break
    heap[i] = parent
    i = half
  }
  heap[i] = added
}

function pop(heap: Candidate[]): Candidate | undefined {
  const [first] = heap
  const last = heap.pop()
  if (!first || !last || heap.length === 0) return first
  let i = 0
  for (;;) {
    const left = 2 * i + 1
    const right = heap[left + 1]
    const child = right && isSooner(right, heap[left] as Candidate) ? left + 1 : left
    const sooner = heap[child]
    if (!sooner || !isSooner(sooner, last)) break
    heap[i] = sooner
    i = child
  }
  heap[i] = last
  return first
}
