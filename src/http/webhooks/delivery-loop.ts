import { deliverDue, type Delivering } from './deliver.ts'

/** How often it is looked whether there is something to send. */
const LOOK_MS = 1000

export interface DeliveryLoop {
  start(): void
  /** Lets go of what is being sent, and resolves when nothing is any more. */
  close(): Promise<void>
}

/**
 * Looks every second for something to send, from its start until it is closed. A receiver that takes its time keeps nobody else waiting: the
 * next look comes all the same, and what is being sent is claimed.
 */
export function deliveryLoop(
  given: Omit<Delivering, 'closing'>,
  failed: (error: unknown) => void,
): DeliveryLoop {
  const closing = new AbortController()
  const looks = new Set<Promise<void>>()
  const look = (): void => {
    const one = deliverDue({ ...given, closing: closing.signal })
      .catch(failed)
      .finally(() => looks.delete(one))
    looks.add(one)
  }
  let timer: NodeJS.Timeout | undefined
  return {
    start: () => {
      timer ??= setInterval(look, LOOK_MS)
    },
    close: async () => {
      clearInterval(timer)
      closing.abort()
      await Promise.all(looks)
    },
  }
}
