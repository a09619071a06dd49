import { setTimeout as sleep } from 'node:timers/promises'

/** When several are enough to be dealt with at once. */
export interface Enough {
  readonly count: number
  /** By `weight`; one alone may have more. */
  readonly weight: number
  /** How long the first waits for others. Units: milliseconds. */
  readonly wait: number
}

/** Things in lists of as many as there are by then: who sends one and waits for its answer gets it. */
export async function* gathered<T>(
  things: AsyncIterable<T>,
  enough: Enough,
  weightOf: (thing: T) => number,
): AsyncGenerator<readonly T[]> {
  const source = things[Symbol.asyncIterator]()
  const ask = (): Promise<IteratorResult<T>> => {
    const asked = source.next()
    // It is looked at later; nobody has to hear of its failure before.
    asked.catch(() => {})
    return asked
  }
  let next = ask()
  try {
    for (let first = await next; !first.done; first = await next) {
      const list = [first.value]
      let weight = weightOf(first.value)
      next = ask()
      const late = sleep(enough.wait, null, { ref: false })
      while (list.length < enough.count && weight < enough.weight) {
        const one = await Promise.race([next, late])
        if (one === null || one.done) break
        list.push(one.value)
        weight += weightOf(one.value)
        next = ask()
      }
      yield list
    }
  } finally {
    // It may be in the middle of waiting for more, which nobody wants now.
    void source.return?.().catch(() => {})
  }
}
