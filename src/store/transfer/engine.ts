import type { Db } from '../db.ts'
import type { StoredColumn } from './tables.ts'

/** A database that is read or filled as a whole, in one transaction. */
export interface Whole {
  readonly db: Db
  /** The columns of a table, as the engine keeps them. */
  stored(table: string): Promise<readonly StoredColumn[]>
  /** Whether a text may hold U+0000. */
  readonly holdsNul: boolean
}

/** What the engine has to know before it goes on from rows that it has not written itself. */
export interface Filled {
  /** The highest number of a turn that an id was made of; null where there is none. */
  readonly newestTurn: number | null
}

/** Longer than anything takes: nobody waits for what is read or filled as a whole. Units: milliseconds. */
export const WITHOUT_END = { maxWait: 60_000, timeout: 2_147_483_647 } as const
