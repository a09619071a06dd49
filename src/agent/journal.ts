import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What the agent wrote down last: it survives the jump, and tells the next boot where this one came from. */
export interface JournalEntry {
  readonly plan: string
  readonly phase: 'loaded' | 'executing' | 'refused' | 'failed'
  readonly boot_id: string
}

/** Where it writes before it acts. */
export interface Journal {
  read(): Promise<JournalEntry | null>
  write(entry: JournalEntry): Promise<void>
}

/** A journal in a file, moved into place whole. */
export function fileJournal(path: string): Journal {
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as JournalEntry
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null
        throw error
      }
    },
    async write(entry) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, `${JSON.stringify(entry)}\n`)
      await rename(`${path}.new`, path)
    },
  }
}

/** A journal for hosts that exist in memory only. */
export function memoryJournal(): Journal {
  let last: JournalEntry | null = null
  return {
    read: async () => last,
    write: async (entry) => {
      last = entry
    },
  }
}
