import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Only the agent's own user reads what it keeps. */
const OWN_MODE = 0o600

/**
 * Puts a file in place as a whole: a crash leaves the old one or the new one, never half of one, and a new
 * one that was put in place stays, also when the power fails.
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = `${path}.new`
  const file = await open(beside, 'w', OWN_MODE)
  try {
    // A file that a crash left there keeps its mode.
    await file.chmod(OWN_MODE)
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
  await syncFolder(dirname(path))
}

/** A name is in a folder for good only when the folder was written too. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
