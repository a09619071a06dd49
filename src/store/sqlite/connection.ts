import Libsql from 'libsql'
import { DatabaseOut, outageOf, unsure } from '../outage.ts'
import { sameFile } from './same-file.ts'

/** Failures after which a connection may be what is broken: another one is tried, but not with every statement. */
const SUSPICIOUS = ['read-only', 'failing', 'damaged']
const TRY_AGAIN_MS = 1000

/** PRAGMAs by name, and what they answer once they are in force. */
export type Settings = Readonly<Record<string, string | number>>

/** A connection to one file. */
export interface Connection {
  /** The open one; another after the file was opened again. */
  database(): Libsql.Database
  /** To be called before anything outside of a transaction. Errors: `DatabaseOut` where the file is no longer there. */
  use(to: 'read' | 'write'): void
  /** Errors: `DatabaseOut` where nothing can be written, for the file is not there. */
  mustBeThere(): void
  /** Errors: `DatabaseOut` where what was just committed is in a file that nobody finds again. */
  mustBeSame(): void
  /** Runs `work`, and remembers its failure where the connection may be at fault. */
  watched<T>(work: () => T): T
  close(): void
}

/** `renewed`: called when what was made of the connection before it is void. */
export function openConnection(file: string, settings: Settings, renewed: () => void): Connection {
  let database = opened(file, settings)
  let standing = sameFile(file)
  let suspectSince: number | null = null

  /** What a file system does to the files that it has open when it fails, they do not get over. */
  function openAgain(): void {
    const next = opened(file, settings)
    renewed()
    database.close()
    database = next
    standing = sameFile(file)
    suspectSince = null
  }

  return {
    database: () => database,
    use: (to) => {
      // Whoever could not end his transaction has left it to the next.
      if (isWithin(database)) database.exec('ROLLBACK')
      const now = standing()
      if (now === 'replaced' || (now === 'gone' && to === 'write')) throw new DatabaseOut(now)
      if (suspectSince === null || now === 'gone' || performance.now() - suspectSince < TRY_AGAIN_MS) return
      openAgain()
    },
    mustBeThere: () => {
      const now = standing()
      if (now !== 'same') throw new DatabaseOut(now)
    },
    mustBeSame: () => {
      const now = standing()
      if (now !== 'same') throw new DatabaseOut(unsure(new DatabaseOut(now).outage))
    },
    watched: (work) => {
      try {
        return work()
      } catch (error) {
        if (SUSPICIOUS.includes(outageOf(error)?.kind ?? '')) suspectSince ??= performance.now()
        throw error
      }
    },
    close: () => database.close(),
  }
}

/** Errors: throws where a PRAGMA is not in force though it was said: some file systems keep no write-ahead log. */
function opened(file: string, settings: Settings): Libsql.Database {
  const database = connected(file)
  for (const [name, value] of Object.entries(settings)) {
    database.exec(`PRAGMA ${name} = ${value}`)
    const [found] = database.prepare(`PRAGMA ${name}`).raw().get() as unknown[]
    if (found !== value)
      throw new Error(`${file}: ${name} is ${String(found)} although ${value} was asked for`)
  }
  return database
}

function connected(file: string): Libsql.Database {
  try {
    return new Libsql(file, { timeout: 0 })
  } catch (error) {
    throw new DatabaseOut('failing', error)
  }
}

/** libsql ends the whole process when it is asked this of a connection that is closed. */
function isWithin(database: Libsql.Database): boolean {
  return database.open && database.inTransaction
}

/** One transaction, from its first statement the only one that writes. */
export interface Transaction {
  /** Errors: as `statement`; from then on the same, where SQLite has undone all of it by that. */
  within<T>(statement: () => T): T
  /** Errors: as SQLite fails, or has failed before; then it is undone. */
  commit(): void
  rollback(): void
}

/** What a transaction is for: one that only reads sees one moment, and keeps nobody from writing. */
export type Purpose = 'write' | 'read'

/** Errors: SQLITE_BUSY while another connection writes; `DatabaseOut` where the file is no longer the one that was opened. */
export function begin(connection: Connection, purpose: Purpose = 'write'): Transaction {
  connection.use('write')
  const database = connection.database()
  database.exec(purpose === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN DEFERRED')
  let undoneBy: unknown = null
  const mustStand = (): void => {
    if (!isWithin(database)) throw undoneBy ?? new Error('there is no transaction any more')
  }
  const rollback = (): void => {
    if (isWithin(database)) database.exec('ROLLBACK')
  }
  return {
    rollback,
    within: (statement) => {
      // As it does when a disk is full. What came after that would be kept, without what was before.
      mustStand()
      try {
        return statement()
      } catch (error) {
        if (!isWithin(database)) undoneBy = error
        throw error
      }
    },
    commit: () => {
      mustStand()
      try {
        database.exec('COMMIT')
      } catch (error) {
        rollback()
        throw error
      }
      connection.mustBeSame()
    },
  }
}
