import type { Range } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import type { BootGround } from '../planner/pin/ground.ts'
import type { Pin } from '../planner/pin/pin.ts'
import type { PlanRequest } from '../planner/plan/plan-request.ts'
import type { Snapshot } from '../planner/read/snapshot.ts'
import { readBootedFile } from './booted-file.ts'
import { readGrounds, type Grounds } from './ground-files.ts'
import { readHistory } from './history-files.ts'
import type { InputError } from './input-error.ts'
import { readKernelFile, type KernelFile } from './kernel-file.ts'
import type { PlanOptions } from './plan-options.ts'
import { readPinsFile } from './pins-file.ts'
import { readPolicyFile, type GivenPolicy } from './policy-file.ts'
import { readSnapshotFolder } from './snapshot-folder.ts'

/** What a plan is computed from, read from the files that the command line names. */
export interface PlanFiles {
  readonly snapshot: Snapshot
  readonly history: readonly BootGround[]
  readonly pins: readonly Pin[]
  readonly booted: readonly Range[]
  readonly policy: Partial<GivenPolicy>
  readonly kernel: KernelFile
  readonly grounds: Grounds
}

/** What the planner is asked, from options and the files that they name. */
export function planRequest(options: PlanOptions, files: PlanFiles): PlanRequest {
  const { snapshot, history, pins, booted, policy, kernel, grounds } = files
  const { initrdSize, cmdline, purpose, strategy, rules } = options
  return {
    snapshot,
    history,
    pins,
    kernel: { head: kernel.head, size: options.kernelSize ?? kernel.size },
    initrdSize,
    cmdline,
    purpose,
    strategy,
    booted,
    ...policy,
    ...(rules === null ? {} : { rules }),
    ...grounds,
  }
}

/** Reads all of them; every file that is wrong is told. */
export function readFiles(options: PlanOptions): Result<PlanFiles, readonly InputError[]> {
  const errors: InputError[] = []
  const read = <T>(result: Result<T, InputError | readonly InputError[]>): T | null => {
    if (result.ok) return result.value
    errors.push(...[result.error].flat())
    return null
  }
  const snapshot = read(readSnapshotFolder(options.capture))
  const history = read(readHistory(options.history, snapshot && { dir: options.capture, snapshot }))
  const pins = options.pins === null ? [] : read(readPinsFile(options.pins))
  const booted = options.booted === null ? [] : read(readBootedFile(options.booted))
  const policy = options.policy === null ? {} : read(readPolicyFile(options.policy))
  const kernel = read(readKernelFile(options.kernel))
  const grounds = read(readGrounds(options, new Date()))
  if (!snapshot || !history || !pins || !booted || !policy || !kernel || !grounds) return err(errors)
  return ok({ snapshot, history, pins, booted, policy, kernel, grounds })
}
