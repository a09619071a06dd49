import { wireFiles } from '../agent/message.ts'
import type { Schemas } from '../client/index.ts'
import { captureFilesIn } from './capture-folder.ts'

/** A capture folder as the service takes it. Errors: throws a sentence for the user; it must say which boot it is of. */
export function newSnapshot(dir: string): Schemas['NewSnapshot'] {
  const files = captureFilesIn(dir)
  const boot_id = files['boot-id']?.trim()
  if (!boot_id) throw new Error(`${dir} does not say of which boot it is: boot-id.txt is missing`)
  return { boot_id, files: wireFiles(files) }
}
