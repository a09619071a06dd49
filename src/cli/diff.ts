import { join } from 'node:path'
import { diffBoots } from '../planner/memory/diff-boots.ts'
import { diffText } from '../planner/memory/diff-text.ts'
import { readSnapshot, type Snapshot } from '../planner/read/snapshot.ts'
import { fileName, readCaptureFolder } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

export interface DiffOptions {
  readonly before: string
  readonly after: string
  readonly json: boolean
}

/** `berth diff`: what differs between the memory of two boots, offline, from two capture folders. */
export async function diffCommand({ before, after, json }: DiffOptions, io: Io): Promise<ExitCode> {
  const [first, second] = [before, after].map((dir) => readBoot(dir, io))
  if (!first || !second) return EXIT.failed
  const diff = diffBoots(first, second)
  io.out(json ? `${JSON.stringify((await import('../wire/diff.ts')).wireDiff(diff))}\n` : diffText(diff))
  return diff.changes.length === 0 ? EXIT.ok : EXIT.differ
}

/** The snapshot of a folder; null where it cannot be read, and every reason is told by then. */
export function readBoot(dir: string, io: Io): Snapshot | null {
  const folder = readCaptureFolder(dir)
  if (!folder.ok) {
    for (const error of folder.error) io.err(`${inputErrorLine(error)}\n`)
    return null
  }
  const { files, paths } = folder.value
  const snapshot = readSnapshot(files)
  if (snapshot.ok) return snapshot.value
  for (const { code, file, line, column, expected, found } of snapshot.error) {
    const path = paths.get(file) ?? join(dir, fileName(file))
    io.err(`${inputErrorLine({ code, file: path, line, column, expected, found })}\n`)
  }
  return null
}
