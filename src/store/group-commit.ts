import { setImmediate as nextTurn } from 'node:timers/promises'
import { MAX_WAIT_MS, type Database } from './database.ts'
import type { Db } from './db.ts'
import { DatabaseOut } from './outage.ts'
import type { Sql } from './sql.ts'

/** So long after its begin a transaction takes in who waits; the others have the next. Units: milliseconds. */
const SHARED_MS = 25

/** What goes on in a transaction, in which each writer goes past Prisma with an `Sql` of his own; and whose agents are to be woken. */
type Within = (db: Db, own: () => Sql) => Promise<readonly string[]>

/** One write that waits, or is done and not committed. */
interface Turn {
  readonly askedAt: number
  work(db: Db, sql: Sql): Promise<void>
  told(): readonly string[]
  committed(): void
  failed(error: unknown): void
}

/**
 * Writers follow one another, and those who wait while one writes share its commit: a disk takes as long for one write as for
 * ten. Nobody is told that he has written before it has been committed.
 *
 * Each but the first stands behind a savepoint, so one that fails undoes nothing but its own. What undoes the whole, as a
 * disk that is full does, is the failure of all.
 *
 * Errors: of `begin`, for all who have waited about as long; `DatabaseOut` (slow) for whoever waited too long.
 */
export function groupCommit(begin: (within: Within) => Promise<void>): Database['transaction'] {
  const waiting: Turn[] = []
  let isUnderWay = false

  /** The next who has not waited too long. */
  function next(): Turn | undefined {
    for (let turn = waiting.shift(); turn; turn = waiting.shift()) {
      if (performance.now() - turn.askedAt <= MAX_WAIT_MS) return turn
      turn.failed(new DatabaseOut('slow'))
    }
    return undefined
  }

  async function together(first: Turn): Promise<void> {
    const began = performance.now()
    const sharing = new Set([first])
    let stands: 'not begun' | 'begun' | 'over' = 'not begun'
    const isOpen = (): boolean => stands === 'begun' && performance.now() - began < SHARED_MS
    /** SQLite answers in this thread: whoever asks meanwhile is only heard once this one lets go of it. */
    const another = async (): Promise<Turn | undefined> => {
      if (isOpen() && waiting.length === 0) await nextTurn()
      return isOpen() ? next() : undefined
    }
    try {
      await begin(async (db, own) => {
        stands = 'begun'
        await first.work(db, own())
        for (let turn = await another(); turn; turn = await another()) {
          sharing.add(turn)
          const error = await behindSavepoint(turn, db, own())
          if (error === null) continue
          sharing.delete(turn)
          turn.failed(error.of)
        }
        return [...sharing].flatMap((turn) => turn.told())
      })
      sharing.forEach((turn) => turn.committed())
    } catch (error) {
      // Who has waited for most of that as well must not wait for as long again.
      const most = (began + performance.now()) / 2
      while (stands === 'not begun' && (waiting[0]?.askedAt ?? Infinity) <= most)
        waiting.shift()?.failed(error)
      sharing.forEach((turn) => turn.failed(error))
    } finally {
      stands = 'over'
    }
  }

  async function oneAfterTheOther(): Promise<void> {
    isUnderWay = true
    for (let turn = next(); turn; turn = next()) await together(turn)
    isUnderWay = false
  }

  return <T>(work: (db: Db, sql: Sql) => Promise<T>, told: () => readonly string[]) =>
    new Promise<T>((resolve, reject) => {
      let done: T
      waiting.push({
        askedAt: performance.now(),
        work: async (db, sql) => void (done = await work(db, sql)),
        told,
        committed: () => resolve(done),
        failed: reject,
      })
      if (!isUnderWay) void oneAfterTheOther()
    })
}

/** Null where it is done. Errors: of the engine, where no part of the transaction stands any more. */
async function behindSavepoint({ work }: Turn, db: Db, sql: Sql): Promise<{ readonly of: unknown } | null> {
  await sql.run('SAVEPOINT "turn"', [])
  try {
    await work(db, sql)
    await sql.run('RELEASE "turn"', [])
    return null
  } catch (error) {
    await sql.run('ROLLBACK TO "turn"', [])
    await sql.run('RELEASE "turn"', [])
    return { of: error }
  }
}
