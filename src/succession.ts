import { databaseFile } from './store/database-url.ts'
import { openStore, type Store } from './store/open-store.ts'
import { outageOf } from './store/outage.ts'
import { markOf, objectionTo } from './store/sqlite/successor.ts'

/** How often it is looked whether the file of the database is still the one that was opened. */
const LOOK_MS = 2000

export interface Succeeding {
  readonly databaseUrl: string
  /** The store that answers now. */
  readonly store: () => Store
  /** Puts everything together over another one. What comes back ends what was, and answers in its stead. */
  readonly prepare: (store: Store) => Promise<() => Promise<void>>
  readonly told: (sentence: string) => void
}

export interface Succession {
  /** Looks once. Errors: rejects where nobody answers any more: whoever started the process has to know. */
  look(): Promise<void>
  close(): Promise<void>
}

/**
 * Goes on over a sound database that somebody has put in the place of the one that was open, a backup as a rule. Everything that
 * the service remembers is of the old one, so it begins anew over it. What is not sound, not ours, newer, or never was in use
 * stays untouched, and requests are answered 503 as before.
 */
export function succession({ databaseUrl, store, prepare, told }: Succeeding): Succession {
  const file = databaseFile(databaseUrl)
  let seen: string | null = null
  let refused: string | null = null
  let closed = false

  async function lookNow(): Promise<void> {
    const kind = await store()
      .ping()
      .then(
        () => null,
        (error: unknown) => outageOf(error)?.kind ?? null,
      )
    const mark = kind === 'replaced' ? markOf(file) : null
    const isSettled = mark !== null && mark === seen
    seen = mark
    // Twice the same: nobody is still copying it. Each is judged once, for that reads all of it.
    if (closed || !isSettled || mark === refused) return
    const next = await prepared().catch((error: unknown) => {
      refused = mark
      const why = error instanceof Error ? error.message : String(error)
      told(`another file has taken the place of ${file}, and is not opened: ${why}`)
      return null
    })
    if (!next) return
    told(`another database has taken the place of ${file}: going on with it`)
    await next()
    ;[seen, refused] = [null, null]
  }

  async function prepared(): Promise<() => Promise<void>> {
    const objection = await objectionTo(file)
    if (objection !== null) throw new Error(objection)
    return prepare(await openStore(databaseUrl))
  }

  let looking: Promise<void> = Promise.resolve()
  const look = (): Promise<void> => {
    looking = looking.then(lookNow)
    return looking
  }
  const timer = setInterval(() => void look(), LOOK_MS)
  timer.unref()
  return {
    look,
    close: async () => {
      closed = true
      clearInterval(timer)
      await looking.catch(() => {})
    },
  }
}
