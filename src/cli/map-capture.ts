import { basename, resolve } from 'node:path'
import { mapPicture } from '../picture/map-picture.ts'
import { planLoad } from '../planner/plan/plan-load.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import type { Drawn } from './map.ts'
import { headAloneSentence, isHeadAlone, sha256 } from './plan.ts'
import { planRequest, readFiles } from './plan-files.ts'
import { readPlanOptions } from './plan-options.ts'
import { readBoot } from './snapshot-folder.ts'

/**
 * The memory of a capture folder, and with the options of `berth plan` where those would load a kernel.
 *
 * Errors: an exit code; by then standard error says why.
 */
export function mapOfCapture(
  dir: string,
  planOptions: readonly string[],
  io: Io,
): Drawn | { readonly exit: ExitCode } {
  const title = basename(resolve(dir))
  if (planOptions.length === 0) {
    const snapshot = readBoot(dir, io)
    return snapshot ? { picture: mapPicture({ snapshot, title }), fits: true } : { exit: EXIT.failed }
  }
  const read = readPlanOptions(['--capture', dir, ...planOptions])
  if (!read.ok) return usage(read.error, io)
  if (read.value === 'help') return usage('see berth plan --help for what goes with --capture', io)
  const files = readFiles(read.value)
  if (!files.ok) {
    for (const error of files.error) io.err(`${inputErrorLine(error)}\n`)
    return { exit: EXIT.failed }
  }
  if (isHeadAlone(read.value, files.value.kernel)) return usage(headAloneSentence(read.value), io)
  const request = planRequest(read.value, files.value)
  const planned = planLoad(request, sha256)
  const { snapshot, pins, booted } = request
  const asked = planned.ok ? { plan: planned.value } : { failure: planned.error }
  return { picture: mapPicture({ snapshot, title, pins, booted, ...asked }), fits: planned.ok }
}

function usage(sentence: string, io: Io): { readonly exit: ExitCode } {
  io.err(`berth map: ${sentence}\n`)
  return { exit: EXIT.usage }
}
