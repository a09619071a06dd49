import type { FastifyRateLimitStore } from '@fastify/rate-limit'

interface Spent {
  readonly since: number
  current: number
}

type Told = (error: Error | null, spent?: { readonly current: number; readonly ttl: number }) => void

/**
 * What everybody has spent in his minute, by the clock on the wall, as everything that the service tells its clients.
 *
 * The stock one waits for a clock that was put back until it shows that minute again: whoever has spent his budget would be refused for hours.
 * Here a minute that has not begun yet is over.
 */
export class Budgets implements FastifyRateLimitStore {
  readonly #most: number
  /** The longest unseen is the first. */
  readonly #spent = new Map<string, Spent>()

  constructor(options: object) {
    const { cache } = options as { readonly cache?: number }
    this.#most = cache ?? 5000
  }

  incr(key: string, told: Told, timeWindow = 0): void {
    const now = Date.now()
    const known = this.#spent.get(key)
    const isOver = !known || now < known.since || now >= known.since + timeWindow
    const spent = isOver ? { since: now, current: 1 } : known
    if (!isOver) spent.current += 1
    this.#spent.delete(key)
    this.#spent.set(key, spent)
    const [oldest] = this.#spent.keys()
    if (this.#spent.size > this.#most && oldest !== undefined) this.#spent.delete(oldest)
    told(null, { current: spent.current, ttl: spent.since + timeWindow - now })
  }

  child(options: object): Budgets {
    return new Budgets(options)
  }
}
