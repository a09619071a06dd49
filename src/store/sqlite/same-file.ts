import { statSync } from 'node:fs'

/** What a path leads to, by comparison with what it led to before. */
export type Standing = 'same' | 'gone' | 'replaced'

/**
 * Remembers which file a path leads to now. SQLite goes on writing to a file that has been moved away or deleted, and what it
 * acknowledges then nobody finds again.
 */
export function sameFile(path: string): () => Standing {
  const before = identityOf(path)
  return () => {
    if (before === null) return 'same'
    const now = identityOf(path)
    if (now === null) return 'gone'
    return now === before ? 'same' : 'replaced'
  }
}

/** Null where there is none, as of a database in memory, or where nobody can look any more. */
function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}` : null
  } catch {
    return null
  }
}
