import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder, writeWhole } from './write-whole.ts'

/** Lines of JSON that are still there after a crash once they were appended. */
export interface Log {
  /** As they were found when it was opened. */
  readonly lines: readonly unknown[]
  /** What a crash had spoilt, in words; null where nothing was. */
  readonly spoilt: string | null
  append(line: unknown): Promise<void>
  /** Puts these in place of all lines, as one step. */
  rewrite(lines: readonly unknown[]): Promise<void>
}

const OWN_MODE = 0o600
const NEWLINE = 0x0a

/**
 * Opens a log, and makes it where there is none. A last line that was being written when the machine stopped
 * was never acknowledged to anybody: it is cut off, and told.
 *
 * Errors: throws what the file system says; a line that could not be written whole is taken back.
 */
export async function openLog(path: string): Promise<Log> {
  await mkdir(dirname(path), { recursive: true })
  const found = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  let size = found === null ? 0 : found.lastIndexOf(NEWLINE) + 1
  if (found === null || size < found.length) await cutTo(path, size)
  if (found === null) await syncFolder(dirname(path))

  const spoilt: string[] = []
  if (found && size < found.length) spoilt.push(`its last ${found.length - size} bytes were cut off`)
  const lines: unknown[] = []
  for (const [i, text] of (found?.toString('utf8', 0, size) ?? '').split('\n').entries()) {
    if (text === '') continue
    try {
      lines.push(JSON.parse(text))
    } catch {
      spoilt.push(`line ${i + 1} cannot be read`)
    }
  }
  return {
    lines,
    spoilt: spoilt.length === 0 ? null : `${path}: ${spoilt.join(', ')}`,
    async append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
      const file = await open(path, 'r+')
      try {
        await writeAll(file, bytes, size)
        await file.datasync()
        size += bytes.length
      } catch (error) {
        // What comes next must not continue half a line.
        await file.truncate(size).catch(() => {})
        throw error
      } finally {
        await file.close()
      }
    },
    async rewrite(next) {
      const text = next.map((line) => `${JSON.stringify(line)}\n`).join('')
      await writeWhole(path, text)
      size = Buffer.byteLength(text)
    },
  }
}

/** A log of what exists in memory only. */
export function memoryLog(): Log {
  return { lines: [], spoilt: null, append: async () => {}, rewrite: async () => {} }
}

async function cutTo(path: string, size: number): Promise<void> {
  const file = await open(path, 'a', OWN_MODE)
  try {
    await file.truncate(size)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}
