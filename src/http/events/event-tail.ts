import type { Event } from '../../store/events.ts'
import type { Store } from '../../store/open-store.ts'
import type { Assignments } from '../rollouts/assignments.ts'

/** So many of the newest events are kept in memory, for all who follow. */
const MOST_KEPT = 2000
/** Rows of one reading. */
const PAGE = 500

/** The newest events, read once for everybody who follows them. */
export interface EventTail {
  /** Where to begin so that everything from now on is seen, and nothing that was before. */
  newest(): Promise<number>
  /** The first events after one, in order; none where there is nothing yet. Errors: as the database fails. */
  after(seq: number): Promise<readonly Event[]>
}

/**
 * Reads events at most once after each write of this process, and for those of others once in the time in which
 * agents that wait look again.
 */
export function eventTail({ store, assignments }: { store: Store; assignments: Assignments }): EventTail {
  let rows: readonly Event[] = []
  /** `rows` has all that came after this one. */
  let since: number | null = null
  let reading: { readonly mark: number; readonly at: number; readonly read: Promise<void> } | null = null

  async function readOn(): Promise<void> {
    since ??= (await store.events.kept())?.last ?? 0
    for (;;) {
      const more = await store.events.after(rows.at(-1)?.seq ?? since, PAGE)
      const all = [...rows, ...more]
      since = all.at(-MOST_KEPT - 1)?.seq ?? since
      rows = all.slice(-MOST_KEPT)
      if (more.length < PAGE) return
    }
  }

  function upToDate(): Promise<void> {
    const { writes, clock } = assignments
    if (reading?.mark === writes && clock.now() - reading.at < clock.sliceMs) return reading.read
    // One after the other: two at once would both append what is new.
    const read = (reading?.read ?? Promise.resolve()).catch(() => {}).then(readOn)
    const mine = { mark: writes, at: clock.now(), read }
    reading = mine
    read.catch(() => {
      if (reading === mine) reading = null
    })
    return read
  }

  return {
    newest: async () => {
      await upToDate()
      return rows.at(-1)?.seq ?? since ?? 0
    },
    after: async (seq) => {
      await upToDate()
      if (since === null || seq < since) return store.events.after(seq, PAGE)
      let begin = rows.length
      while (begin > 0 && (rows[begin - 1]?.seq ?? 0) > seq) begin--
      return rows.slice(begin, begin + PAGE)
    },
  }
}
