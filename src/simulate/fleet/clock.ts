/** Time that passes only while everybody sleeps. */
export interface Clock {
  /** Units: milliseconds since 1970. */
  now(): number
  /** Resolves when that much time has passed. */
  sleep(ms: number): Promise<void>
  /** Something is under way that no clock can hurry; time stands still until it is given back. */
  hold(what: string): () => void
  /**
   * Calls `wake` when that much time has passed, inside of something that is held: whoever waits for an answer waits
   * with it. What comes back takes that back; after either, time stands still again.
   */
  park(ms: number, wake: () => void): () => void
  /** Does `work` at a time; what it waits for, time does not wait for. Where it fails, `run` does. */
  at(time: number, work: () => void | Promise<void>): void
  /** Lets time run until `done`, which is asked whenever all is still. Errors: what any `work` has thrown. */
  run(done: () => boolean): Promise<void>
}

export interface ClockOptions {
  readonly start: number
  /** Sleepers that are due within that many milliseconds wake together, the first of them late; 0: one at a time. */
  readonly slackMs: number
}

interface Sleeper {
  readonly at: number
  readonly order: number
  wake(): void
  isGone: boolean
}

/** Nothing of this simulation takes that long in earnest: something waits for what never comes. */
const STUCK_MS = 300_000
/** Of a thousand that hold time up the first few say enough. */
const MOST_NAMED = 5

/**
 * A clock that jumps from one sleeper to the next.
 *
 * Time never passes while something is held: a request on its way, a service that starts. Two turns of the event
 * loop without anything held mean that everybody sleeps, since agents do nothing else between two requests.
 */
export function virtualClock({ start, slackMs }: ClockOptions): Clock {
  let now = start
  let order = 0
  const heap = sleepers()
  const held = new Map<symbol, string>()
  const failures: unknown[] = []
  let parked = 0
  let released: (() => void) | null = null

  const busy = (): boolean => held.size > parked
  const told = (): void => {
    if (busy()) return
    released?.()
    released = null
  }

  async function stillness(): Promise<void> {
    for (let turns = 0; turns < 2;) {
      await turn()
      turns = busy() ? 0 : turns + 1
      if (busy()) await freed()
    }
  }

  function freed(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stuck = setTimeout(() => {
        const holders = [...new Set(held.values())]
        const more = holders.length - MOST_NAMED
        const last = more > 0 ? `, and ${more} more` : ''
        reject(new Error(`time stands still: ${holders.slice(0, MOST_NAMED).join(', ')}${last}`))
      }, STUCK_MS)
      released = () => {
        clearTimeout(stuck)
        resolve()
      }
    })
  }

  function push(at: number, wake: () => void): Sleeper {
    // Whole milliseconds, as a Date has them; a timer may be late, never early.
    const sleeper = { at: Math.ceil(Math.max(at, now)), order: order++, wake, isGone: false }
    heap.push(sleeper)
    return sleeper
  }

  /** Who was called back meanwhile does not count. */
  function popDue(until: number): Sleeper | undefined {
    for (let first = heap.peek(); first && (first.isGone || first.at <= until); first = heap.peek()) {
      heap.pop()
      if (!first.isGone) return first
    }
    return undefined
  }

  return {
    now: () => now,
    sleep: (ms) => new Promise((resolve) => void push(now + ms, resolve)),
    hold(what) {
      const key = Symbol(what)
      held.set(key, what)
      return () => {
        held.delete(key)
        told()
      }
    },
    park(ms, wake) {
      parked += 1
      told()
      const end = (): void => {
        if (sleeper.isGone) return
        sleeper.isGone = true
        parked -= 1
      }
      const sleeper = push(now + ms, () => {
        end()
        wake()
      })
      return end
    },
    at: (time, work) =>
      void push(time, () => {
        Promise.resolve()
          .then(work)
          .catch((thrown: unknown) => failures.push(thrown))
      }),
    async run(done) {
      for (;;) {
        await stillness()
        if (failures.length > 0) throw failures[0]
        if (done()) return
        const first = popDue(Infinity)
        if (!first) throw new Error('nobody sleeps, and nothing is under way')
        now = Math.max(now, first.at + slackMs)
        first.wake()
        if (slackMs === 0) continue
        for (let next = popDue(now); next; next = popDue(now)) next.wake()
      }
    },
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The earliest first; of two at one time the one that slept first. */
function sleepers() {
  const heap: Sleeper[] = []
  const before = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
  const at = (i: number): Sleeper => heap[i] as Sleeper
  const swap = (i: number, j: number): void => {
    const [a, b] = [at(i), at(j)]
    heap[i] = b
    heap[j] = a
  }
  return {
    peek: (): Sleeper | undefined => heap[0],
    push(sleeper: Sleeper): void {
      heap.push(sleeper)
      for (let i = heap.length - 1; i > 0;) {
        const parent = Math.floor((i - 1) / 2)
        if (!before(at(i), at(parent))) break
        swap(i, parent)
        i = parent
      }
    },
    pop(): Sleeper | undefined {
      const first = heap[0]
      const last = heap.pop()
      if (!first || !last || heap.length === 0) return first
      heap[0] = last
      for (let i = 0; ;) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < heap.length && before(at(left), at(least))) least = left
        if (right < heap.length && before(at(right), at(least))) least = right
        if (least === i) return first
        swap(i, least)
        i = least
      }
    },
  }
}
