import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearestPairs } from '../../../src/planner/memory/nearest-pairs.ts'

test.each<[why: string, a: number[], b: number[], want: [number, number][]]>([
  ['nothing to pair', [], [5], []],
  ['one of each', [5], [9], [[0, 0]]],
  ['the nearer one', [5], [0, 9], [[0, 1]]],
  ['the lower of two as near', [5], [9, 1], [[0, 1]]],
  [
    'who is left takes what is left',
    [0, 60],
    [40, 300],
    [
      [1, 0],
      [0, 1],
    ],
  ],
  [
    'one behind another of its own list still finds a nearer partner',
    [24, 25],
    [0, 32, 33],
    [
      [1, 1],
      [0, 2],
    ],
  ],
])('%s', (_why, a, b, want) => expect(nearestPairs(a, b)).toEqual(want))

test('the same distances as by trying every pair', () => {
  const places = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 25 })
  const property = fc.property(places, places, (a, b) => {
    const pairs = nearestPairs(a, b)
    expect(new Set(pairs.map(([i]) => i)).size).toBe(pairs.length)
    expect(new Set(pairs.map(([, j]) => j)).size).toBe(pairs.length)
    const places = pairs.map(([i, j]) => [a[i], b[j]] as const)
    expect(places.map((pair) => Math.abs(Number(pair[0]) - Number(pair[1])))).toEqual(byTryingAll(a, b))
    expect(pairs).toHaveLength(Math.min(a.length, b.length))
    const mirrored = nearestPairs(b, a).map(([j, i]) => [a[i], b[j]])
    expect(mirrored.sort()).toEqual([...places].sort())
  })
  fc.assert(property, { numRuns: 300, seed: 4 })
})

function byTryingAll(a: readonly number[], b: readonly number[]): number[] {
  const [ours, theirs] = [[...a], [...b]]
  const out: number[] = []
  while (ours.length > 0 && theirs.length > 0) {
    const pairs = ours.flatMap((x) =>
      theirs.map((y) => ({ x, y, far: Math.abs(x - y), low: Math.min(x, y) })),
    )
    const best = pairs.reduce((one, other) =>
      other.far < one.far || (other.far === one.far && other.low < one.low) ? other : one,
    )
    ours.splice(ours.indexOf(best.x), 1)
    theirs.splice(theirs.indexOf(best.y), 1)
    out.push(best.far)
  }
  return out
}
