import { open } from 'node:fs/promises'

/** Whoever puts a file there says: do not reboot this host now. */
export const BLOCK_FILE = '/run/berth/block'

const MAX_REASON = 200

/**
 * Why this host must not be rebooted, in the first line of the file; null where nobody says so. A file that
 * is there and cannot be read blocks too.
 */
export async function blockedBy(path: string): Promise<string | null> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_REASON), 0, MAX_REASON, 0)
      const reason = buffer.toString('utf8', 0, bytesRead).split('\n')[0]?.trim()
      return `${path}: ${reason || 'no reason given'}`
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? null : `${path}: ${message}`
  }
}
