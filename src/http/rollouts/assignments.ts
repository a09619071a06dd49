/** The clock by which agents wait. */
export interface WaitingClock {
  /** Units: milliseconds, from whenever. */
  now(): number
  /** Calls `wake` once, when that much time has passed. What comes back takes that back. */
  after(ms: number, wake: () => void): () => void
  /** How long one wait lasts before the rows are read again: another process may have assigned. */
  readonly sliceMs: number
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
  /** Resolves when there may be something new, when `ms` have passed, or at once when the service closes. */
  wait(hostId: string, ms: number, gone: AbortSignal): Promise<void>
  /** By the clock of the waiting. Units: milliseconds, from whenever. */
  now(): number
  /** Lets everybody go; from now on nobody waits. */
  close(): void
  readonly closed: boolean
}

export function assignments(clock: WaitingClock = REAL): Assignments {
  const waiting = new Map<string, Set<() => void>>()
  let closed = false
  return {
    announce: (hostId) => waiting.get(hostId)?.forEach((wake) => wake()),
    wait: (hostId, ms, gone) =>
      new Promise((resolve) => {
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
      }),
    now: () => clock.now(),
    close: () => {
      closed = true
      for (const those of [...waiting.values()]) for (const wake of [...those]) wake()
    },
    get closed() {
      return closed
    },
  }
}
