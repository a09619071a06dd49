import { collect } from '../agent/collect.ts'
import { readSnapshot } from '../planner/read/snapshot.ts'
import { fileName, writeCaptureFolder } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

/**
 * `berth capture`: writes what a host knows of its memory as a capture folder.
 *
 * The folder is written as it was found, also when it cannot be planned from: then standard error says
 * why (masked addresses, say, for who is not root) and the exit code is 1.
 */
export async function captureCommand(
  { dir, root }: { dir: string; root: string },
  io: Io,
): Promise<ExitCode> {
  const files = await collect(root)
  const written = writeCaptureFolder(dir, files)
  io.out(written.map((name) => `${name}\n`).join(''))
  const snapshot = readSnapshot(files)
  if (snapshot.ok) return EXIT.ok
  for (const error of snapshot.error) {
    io.err(`${inputErrorLine({ ...error, file: `${dir}/${fileName(error.file)}` })}\n`)
  }
  return EXIT.failed
}
