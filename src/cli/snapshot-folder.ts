import { join } from 'node:path'
import { err, type Result } from '../planner/bytes/result.ts'
import { readSnapshot, type Snapshot } from '../planner/read/snapshot.ts'
import { fileName, readCaptureFolder } from './capture-folder.ts'
import { inputErrorLine, type InputError } from './input-error.ts'
import type { Io } from './io.ts'

/** The snapshot of a capture folder. Errors: of every file that cannot be read, by its path. */
export function readSnapshotFolder(dir: string): Result<Snapshot, readonly InputError[]> {
  const folder = readCaptureFolder(dir)
  if (!folder.ok) return folder
  const { files, paths } = folder.value
  const snapshot = readSnapshot(files)
  if (snapshot.ok) return snapshot
  return err(
    snapshot.error.map(({ code, file, line, column, expected, found }) => {
      return { code, file: paths.get(file) ?? join(dir, fileName(file)), line, column, expected, found }
    }),
  )
}

/** The same; null where it cannot be read, and every reason is told by then. */
export function readBoot(dir: string, io: Io): Snapshot | null {
  const snapshot = readSnapshotFolder(dir)
  if (snapshot.ok) return snapshot.value
  for (const error of snapshot.error) io.err(`${inputErrorLine(error)}\n`)
  return null
}
