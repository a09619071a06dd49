import { err, type Result } from '../planner/bytes/result.ts'
import { hex } from '../planner/bytes/phys-addr.ts'
import { rangeOfSize } from '../planner/bytes/range.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { handOverArm64 } from './arm64-entry.ts'
import { bytesContent, fill } from './content.ts'
import type { BootFailure, BootFailureCode, HandOver } from './hand-over.ts'
import { destination, type LoadedImage } from './kexec.ts'
import type { Machine } from './machine.ts'
import { doesWithout } from './needs.ts'
import { firstDifference, read, write } from './memory.ts'
import { firstWrongDigest, PURGATORY_READ, readPurgatory } from './purgatory.ts'
import { handOverX86 } from './x86-entry.ts'

/**
 * Jumps into what is booked: copies it, runs the purgatory where there is one, lets hazards act, and
 * looks whether the next kernel finds everything that it needs.
 *
 * Nothing before this wrote to memory; after it the old kernel is gone, whatever the outcome.
 *
 * Errors: why the next kernel does not come up, with the first byte at fault.
 * Source: Linux kernel/kexec_core.c (copy and zero), arch/x86/purgatory, arch/arm64/kernel/relocate_kernel.S.
 */
export function exec(machine: Machine, sha256: Sha256): Result<HandOver, BootFailure> {
  const loaded = machine.loaded
  if (!loaded) return failed('nothing-loaded', null, 'no image is loaded')
  machine.loaded = null
  copySegments(machine, loaded)

  let entry = loaded.image.entry
  let argument = loaded.image.dtb
  const purgatory = readPurgatory(read(machine.memory, rangeOfSize(entry, PURGATORY_READ)))
  if (purgatory) {
    const wrong = firstWrongDigest(purgatory, machine.memory, sha256)
    if (wrong)
      return failed('purgatory-halted', wrong.start, `wrong digest of ${hex(wrong.start)}-${hex(wrong.last)}`)
    entry = purgatory.jump
    argument = purgatory.argument
  } else if (machine.snapshot.arch === 'x86_64') {
    return failed('purgatory-halted', entry, 'the entry holds no purgatory')
  }

  for (const hazard of machine.hazards) write(machine.memory, hazard.range, fill(hazard.fill))
  const enter = machine.snapshot.arch === 'arm64' ? handOverArm64 : handOverX86
  const entered = enter(machine, loaded, { entry, argument }, sha256)
  for (const canary of machine.canaries) {
    if (entered.ok && doesWithout(entered.value, canary.neededBy)) continue
    const at = firstDifference(machine.memory, canary.range, canary.content)
    if (at !== null) return failed('protected-damaged', at, `overwritten: ${canary.why}`)
  }
  return entered
}

function copySegments(machine: Machine, { image }: LoadedImage): void {
  for (const segment of image.segments) {
    write(machine.memory, destination(segment), fill(0))
    if (segment.bytes.length === 0) continue
    write(machine.memory, rangeOfSize(segment.mem, segment.bytes.length), bytesContent(segment.bytes))
  }
}

function failed(code: BootFailureCode, where: number | null, detail: string): Result<never, BootFailure> {
  return err({ code, where, detail })
}
