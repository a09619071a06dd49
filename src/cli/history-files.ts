import { err, ok, type Result } from '../planner/bytes/result.ts'
import { hardwareText } from '../planner/memory/hardware-text.ts'
import { bootGround, type BootGround } from '../planner/pin/ground.ts'
import type { Snapshot } from '../planner/read/snapshot.ts'
import { readBootedFile } from './booted-file.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readSnapshotFolder } from './snapshot-folder.ts'

/** A boot as it is named on the command line: its capture, and the plan that booted it. */
interface Named {
  readonly dir: string
  readonly plan: string | null
}

/** The capture that a plan is for, and where it comes from. */
export interface Captured {
  readonly dir: string
  readonly snapshot: Snapshot
}

/**
 * Reads earlier boots of a captured host, `DIR` or `DIR=PLAN.json`, in the order in which they are given.
 *
 * Errors: of every file that cannot be read; a boot of another architecture or of other hardware; one that is given
 * twice. Without the capture only the first.
 */
export function readHistory(
  given: readonly string[],
  captured: Captured | null,
): Result<readonly BootGround[], readonly InputError[]> {
  const errors: InputError[] = []
  const grounds: BootGround[] = []
  const folders = new Map<string, string>()
  if (captured?.snapshot.bootId) folders.set(captured.snapshot.bootId, captured.dir)
  for (const { dir, plan } of given.map(named)) {
    const boot = readSnapshotFolder(dir)
    const booted = plan === null ? ok([]) : readBootedFile(plan)
    if (!boot.ok) errors.push(...boot.error)
    if (!booted.ok) errors.push(booted.error)
    if (!boot.ok || !booted.ok) continue
    const { bootId } = boot.value
    const wrong = captured && misfit(dir, boot.value, captured)
    const twin = bootId === null ? undefined : folders.get(bootId)
    if (wrong) errors.push(wrong)
    else if (twin !== undefined) {
      errors.push(
        wholeFile('same-boot', dir, 'a boot that is not given yet', `boot ${bootId}, as in ${twin}`),
      )
    }
    if (bootId !== null && twin === undefined) folders.set(bootId, dir)
    grounds.push(bootGround(boot.value, booted.value))
  }
  return errors.length > 0 ? err(errors) : ok(grounds)
}

function named(text: string): Named {
  const [, dir = text, plan = null] = /^(.+)=(.+\.json)$/.exec(text) ?? []
  return { dir, plan }
}

/** Why a boot says nothing about the captured host; null where it does. */
function misfit(dir: string, boot: Snapshot, captured: Captured): InputError | null {
  const { arch } = captured.snapshot
  if (boot.arch !== arch) return wholeFile('arch-mismatch', dir, `a boot of an ${arch} host`, boot.arch)
  const [theirs, ours] = [boot, captured.snapshot].map((s) => hardwareText(s).split('\n')) as [
    string[],
    string[],
  ]
  const more = theirs.find((line) => !ours.includes(line))
  const less = ours.find((line) => !theirs.includes(line))
  if (more === undefined && less === undefined) return null
  const found = more === undefined ? `a map without ${less}` : `a map with ${more}`
  return wholeFile('other-hardware', dir, `a boot of the hardware that ${captured.dir} shows`, found)
}
