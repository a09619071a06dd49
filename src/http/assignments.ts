/** How long one wait lasts before the rows are read again: another process may have assigned. */
const SLICE_MS = 2000

/** Agents that wait for a plan. Nothing is kept here that a restart would lose: they ask again. */
export interface Assignments {
  /** Wakes whoever waits for this host. */
  announce(hostId: string): void
  /** Resolves when there may be something new, when `ms` have passed, or at once when the service closes. */
  wait(hostId: string, ms: number, gone: AbortSignal): Promise<void>
  /** Lets everybody go; from now on nobody waits. */
  close(): void
  readonly closed: boolean
}

export function assignments(): Assignments {
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
          clearTimeout(timer)
          gone.removeEventListener('abort', wake)
          those.delete(wake)
          if (those.size === 0) waiting.delete(hostId)
          resolve()
        }
        const timer = setTimeout(wake, Math.min(ms, SLICE_MS))
        gone.addEventListener('abort', wake)
        those.add(wake)
      }),
    close: () => {
      closed = true
      for (const those of [...waiting.values()]) for (const wake of [...those]) wake()
    },
    get closed() {
      return closed
    },
  }
}
