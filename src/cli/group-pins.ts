import type { Purpose } from '../planner/names.ts'
import { layoutOf } from '../planner/plan/group-layout.ts'
import { groupPins, type GroupMember } from '../planner/plan/group-pins.ts'
import { groupPinsText } from '../planner/plan/group-pins-text.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { HEAD_BYTES, readKernelFile } from './kernel-file.ts'
import { readPinsFile } from './pins-file.ts'
import { readBoot } from './snapshot-folder.ts'
import { sha256 } from './plan.ts'

export interface GroupPinsOptions {
  readonly dirs: readonly string[]
  readonly kernel: string
  readonly kernelSize?: number
  readonly initrdSize?: number
  readonly cmdline: string
  readonly purpose: Purpose
  readonly pins?: string
  readonly json: boolean
}

/** `berth group-pins`: one address a segment for many captured hosts, offline; or who stands in the way. */
export function groupPinsCommand(options: GroupPinsOptions, io: Io): ExitCode {
  const kernel = readKernelFile(options.kernel)
  const pins = options.pins === undefined ? null : readPinsFile(options.pins)
  const boots = options.dirs.map((dir) => ({ name: dir, snapshot: readBoot(dir, io) }))
  const wrong = [kernel, pins].flatMap((read) => (read && !read.ok ? [read.error] : []))
  for (const error of wrong) io.err(`${inputErrorLine(error)}\n`)
  if (!kernel.ok || wrong.length > 0 || boots.some((b) => !b.snapshot)) return EXIT.failed
  const { kernelSize, initrdSize, cmdline, purpose, json } = options
  if (kernelSize === undefined && kernel.value.size === HEAD_BYTES) {
    io.err(`berth group-pins: ${options.kernel} is the head of an image: --kernel-size is missing\n`)
    return EXIT.usage
  }
  const start = pins?.ok ? pins.value : []
  const load = {
    kernel: { head: kernel.value.head, size: kernelSize ?? kernel.value.size },
    initrdSize: initrdSize || null,
    cmdline,
    purpose,
    strategy: 'pinned' as const,
    pins: [],
    booted: [],
  }
  const members = boots.flatMap(({ name, snapshot }): GroupMember[] =>
    snapshot ? [{ name, layout: layoutOf({ ...load, snapshot }), pins: [] }] : [],
  )
  const result = groupPins(members, start, sha256)
  const told = result.ok ? result.value : { error: result.error }
  io.out(json ? `${JSON.stringify(told)}\n` : groupPinsText(result))
  if (result.ok) return EXIT.ok
  return result.error.code === 'no-common-ground' ? EXIT.noHole : EXIT.failed
}
