import { diffBoots } from '../planner/memory/diff-boots.ts'
import { diffText } from '../planner/memory/diff-text.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { readBoot } from './snapshot-folder.ts'

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
  // Two boots may list the same memory, and yet not let the same be booked.
  const { changes, gained, lost } = diff
  return changes.length + gained.length + lost.length === 0 ? EXIT.ok : EXIT.differ
}
