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
  /** Something was committed: what was read before it may no longer be so. */
  written(): void
  /** How often that was. */
  readonly writes: number
  /** Calls `look` after every write. */
  onWritten(look: () => void): void
  /**
   * Resolves when there may be something new, when `ms` have passed, or at once when the service closes or when
   * something was written since `writes` was counted, before the host was looked at.
   */
  wait(
    hostId: string,
    ms: number,
    since: { readonly writes: number; readonly gone: AbortSignal },
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
  const all: Assignments = {
    clock,
    announce: (hostId) => waiting.get(hostId)?.forEach((wake) => wake()),
    isWaiting: (hostId) => waiting.has(hostId),
    get hostsWaiting() {
      return waiting.size - (waiting.has(ANYBODY) ? 1 : 0)
    },
    written: () => {
      writes += 1
      look()
      all.announce(ANYBODY)
    },
    get writes() {
      return writes
    },
    onWritten: (told) => {
      look = told
    },
    wait: (hostId, ms, since) =>
      new Promise((resolve) => {
        if (closed || since.gone.aborted || writes !== since.writes) return resolve()
        const those = waiting.get(hostId) ?? new Set()
        waiting.set(hostId, those)
        const wake = () => {
          cancel()
          since.gone.removeEventListener('abort', wake)
          those.delete(wake)
          if (those.size === 0) waiting.delete(hostId)
          resolve()
        }
        const cancel = clock.after(Math.min(ms, clock.sliceMs), wake)
        since.gone.addEventListener('abort', wake)
        those.add(wake)
      }),
    waitForWrite: (ms, since) => all.wait(ANYBODY, ms, since),
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
