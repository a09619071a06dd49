import pg from 'pg'
import type { ForeignWrite } from '../database.ts'

/** Where replicas tell one another of what they have committed. */
export const CHANNEL = 'berth_written'
/** A notice of PostgreSQL holds 8000 bytes; whoever has more to tell says that it may be anybody. */
const MOST_HOSTS = 200

/** Units: milliseconds. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

interface Notice {
  readonly from: string
  readonly hosts: readonly string[] | null
}

/** A notice of `hosts` as text. */
export function noticeText(from: string, hosts: readonly string[]): string {
  return JSON.stringify({ from, hosts: hosts.length > MOST_HOSTS ? null : hosts } satisfies Notice)
}

export interface Notices {
  close(): Promise<void>
}

/**
 * Listens to what other replicas tell, on a connection of its own.
 *
 * While it is lost nothing is heard, and nothing is lost by that: whoever waits looks again by himself. After it was made again,
 * `heard` is told that anything may have happened.
 */
export async function listen(
  url: string,
  own: string,
  heard: (write: ForeignWrite) => void,
): Promise<Notices> {
  let closed = false
  let client: pg.Client | null = null
  let timer: NodeJS.Timeout | null = null
  let pause = FIRST_PAUSE_MS

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    next.on('notification', ({ payload }) => {
      const notice = JSON.parse(payload ?? '') as Notice
      if (notice.from !== own) heard({ hosts: notice.hosts })
    })
    // One error is enough for an end; both may come.
    const lost = (): void => {
      if (client === next) again()
    }
    next.on('error', lost)
    next.on('end', lost)
    await next.connect()
    await next.query(`LISTEN ${CHANNEL}`)
    if (closed) return next.end()
    client = next
    pause = FIRST_PAUSE_MS
  }

  function again(): void {
    client = null
    if (closed) return
    timer = setTimeout(() => {
      connect().then(
        () => heard({ hosts: null }),
        () => again(),
      )
    }, pause)
    timer.unref()
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }

  await connect()
  return {
    close: async () => {
      closed = true
      if (timer) clearTimeout(timer)
      const last = client
      client = null
      await last?.end().catch(() => {})
    },
  }
}
