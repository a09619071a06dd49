import { expect, test } from 'vitest'
import { gathered } from '../../../src/http/snapshots/gathered.ts'

const ENOUGH = { count: 3, weight: 10, wait: 10_000 }

/** What is there at once, and then what comes when it is told to. */
async function* source(now: readonly number[], later?: Promise<number>): AsyncGenerator<number> {
  yield* now
  if (later) yield await later
}

async function lists(things: AsyncIterable<number>, enough = ENOUGH): Promise<number[][]> {
  const all: number[][] = []
  for await (const list of gathered(things, enough, (n) => n)) all.push([...list])
  return all
}

test.each<[why: string, things: number[], want: number[][]]>([
  ['nothing', [], []],
  ['fewer than are enough', [1, 1], [[1, 1]]],
  ['as many as are enough', [1, 1, 1], [[1, 1, 1]]],
  ['one more', [1, 1, 1, 1], [[1, 1, 1], [1]]],
  ['enough by their weight', [6, 4, 1], [[6, 4], [1]]],
  ['one that weighs more than enough', [20, 1], [[20], [1]]],
])('%s', async (_why, things, want) => {
  expect(await lists(source(things))).toEqual(want)
})

test('the first waits for others no longer than it has to', async () => {
  let come = (_: number): void => {}
  const later = new Promise<number>((resolve) => (come = resolve))
  const all = gathered(source([1, 2], later), { ...ENOUGH, count: 9, wait: 1 }, (n) => n)
  expect((await all.next()).value).toEqual([1, 2])
  come(3)
  expect((await all.next()).value).toEqual([3])
  expect((await all.next()).done).toBe(true)
})

test('what fails is told after what came before it, and nobody else hears of it', async () => {
  async function* torn(): AsyncGenerator<number> {
    yield 1
    throw new Error('hung up')
  }
  await expect(lists(torn(), { ...ENOUGH, count: 1 })).rejects.toThrow('hung up')
})

test('who wants no more ends the source too', async () => {
  let ended = false
  async function* endless(): AsyncGenerator<number> {
    try {
      for (;;) yield 1
    } finally {
      ended = true
    }
  }
  for await (const list of gathered(endless(), ENOUGH, (n) => n)) if (list.length > 0) break
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended).toBe(true)
})
