import type { Event as EventRow } from '../../store/events.ts'
import type { WaitingClock } from '../rollouts/assignments.ts'
import type { EventTail } from './event-tail.ts'
import { gapEvent, presentEvent } from './present-event.ts'

/** Proxies take a connection that is silent for longer than this for dead. */
const HEARTBEAT_MS = 15_000
/** A browser comes again after so long. */
const RETRY_MS = 2000

export interface Following {
  readonly tail: EventTail
  readonly clock: WaitingClock
  /** Begin behind this one. */
  readonly after: number
  readonly isWanted: (row: EventRow) => boolean
  /** False: end after what there is. */
  readonly follow: boolean
  /** Waits for a write, so many milliseconds at most. Takes what was written up to now from `mark`. */
  readonly mark: () => number
  readonly wait: (ms: number, mark: number) => Promise<void>
  /** Whether whoever follows has left, or may not any more, or the service closes. Asked before every wait. */
  readonly isOver: () => Promise<boolean>
}

/**
 * Events as text of `text/event-stream`, each with its number as id; a comment where nothing happens for long.
 *
 * Errors: as the database fails; then the connection breaks, and the browser comes again with the last id.
 */
export async function* eventStream(following: Following): AsyncGenerator<string> {
  const { tail, clock, isWanted, follow, mark, wait, isOver } = following
  let at = following.after
  /** What the browser would come again with. */
  let told = at
  let spoken = clock.now()
  yield `retry: ${RETRY_MS}\nid: ${at}\n\n`
  for (;;) {
    const marked = mark()
    const rows = await tail.after(at)
    at = rows.at(-1)?.seq ?? at
    const wanted = rows.filter(isWanted)
    if (wanted.length > 0) {
      told = wanted.at(-1)?.seq ?? told
      spoken = clock.now()
      yield wanted.map(blockOf).join('')
    }
    if (await isOver()) return
    if (rows.length > 0) continue
    if (!follow) break
    if (clock.now() - spoken >= HEARTBEAT_MS) {
      // Who follows little would else come again with an id that is long forgotten.
      yield told === at ? ': still here\n\n' : `id: ${(told = at)}\n\n`
      spoken = clock.now()
    }
    await wait(Math.max(1, HEARTBEAT_MS - (clock.now() - spoken)), marked)
  }
  yield `id: ${at}\n\n`
}

/** What came before `first` is no longer kept. */
export function gapBlock(first: number, at: Date): string {
  return blockOf(gapEvent(first, at))
}

function blockOf(row: EventRow): string {
  return `id: ${row.seq}\ndata: ${JSON.stringify(presentEvent(row))}\n\n`
}
