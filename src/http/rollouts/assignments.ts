/** The clock by which agents wait. */
export interface WaitingClock {
  /** Units: milliseconds, from whenever. */
  now(): number
  /** Calls `wake` once, when that much time has passed. What comes back takes that back. */
  after(ms: number, wake: () => void): () => void
  /** How long one wait lasts before the rows are read again: another process may have assigned. */
  readonly sliceMs: number
  /** Told of work that no request waits for; what comes back is called at its end. For a clock that can stand still. */
  hold?(what: string): () => void
}

const REAL: WaitingClock = {
  now: () => performance.now(),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
  sliceMs: 2000,
}

/** Agents that wait for a plan. Nothing is kept here that a restart would lose: they ask again. */
export interface Assignments {
  /** Wakes whoever waits for this host. */
  announce(hostId: string): void
  /** Whether an agent of this host waits now. */
  isWaiting(hostId: string): boolean
  /** How many hosts have an agent that waits now. */
  readonly hostsWaiting: number
  /**
   * Something was committed: what was read before it may no longer be so. `mayLetGo`: also what those who wait go by; where nobody
   * knows, it may.
   */
  written(mayLetGo?: boolean): void
  /** How often that was. */
  readonly writes: number
  /** The same of what may let somebody go. */
  readonly changes: number
  /** Calls `look` after every write that may let somebody go. */
  onWritten(look: () => void): void
  /**
   * Resolves when there may be something new, when `ms` have passed, or at once when the service closes or when
   * something that may let a host go was written since `changes` was counted, before the host was looked at.
   */
  wait(
    hostId: string,
    ms: number,
    since: { readonly changes: number; readonly gone: AbortSignal },
  ): Promise<void>
  /** The same for whoever follows everything: any write may be news. */
  waitForWrite: (ms: number, since: { readonly writes: number; readonly gone: AbortSignal }) => Promise<void>
  readonly clock: WaitingClock
  /** Lets everybody go; from now on nobody waits. */
  close(): void
  readonly closed: boolean
}

/** In the place of a host, whose ids look otherwise. */
const ANYBODY = 'anybody'

export function assignments(clock: WaitingClock = REAL): Assignments {
  const waiting = new Map<string, Set<() => void>>()
  let look = (): void => {}
  let closed = false
  let writes = 0
  let changes = 0
  const sleep = (hostId: string, ms: number, gone: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (closed || gone.aborted) return resolve()
      const those = waiting.get(hostId) ?? new Set()
      waiting.set(hostId, those)
      const wake = () => {
        cancel()
        gone.removeEventListener('abort', wake)
        those.delete(wake)
        if (those.size === 0) waiting.delete(hostId)
        resolve()
      }
      const cancel = clock.after(Math.min(ms, clock.sliceMs), wake)
      gone.addEventListener('abort', wake)
      those.add(wake)
    })
  const all: Assignments = {
    clock,
    announce: (hostId) => waiting.get(hostId)?.forEach((wake) => wake()),
    isWaiting: (hostId) => waiting.has(hostId),
    get hostsWaiting() {
      return waiting.size - (waiting.has(ANYBODY) ? 1 : 0)
    },
    written: (mayLetGo = true) => {
      writes += 1
      if (mayLetGo) {
        changes += 1
        look()
      }
      all.announce(ANYBODY)
    },
    get writes() {
      return writes
    },
    get changes() {
      return changes
    },
    onWritten: (told) => {
      look = told
    },
    wait: async (hostId, ms, { changes: then, gone }) => {
      if (changes === then) await sleep(hostId, ms, gone)
    },
    waitForWrite: async (ms, { writes: then, gone }) => {
      if (writes === then) await sleep(ANYBODY, ms, gone)
    },
    close: () => {
      closed = true
      for (const those of [...waiting.values()]) for (const wake of [...those]) wake()
    },
    get closed() {
      return closed
    },
  }
  return all
}
