import { createHash } from 'node:crypto'
import { explainFailure } from '../planner/plan/explain.ts'
import { explainPlan, explanationText } from '../planner/plan/explain-plan.ts'
import type { PlanFailure } from '../planner/plan/plan-failure.ts'
import { planLoad } from '../planner/plan/plan-load.ts'
import type { PlanRequest } from '../planner/plan/plan-request.ts'
import { planText } from '../planner/plan/plan-text.ts'
import { renderPlan } from '../planner/plan/render.ts'
import { inputErrorLine, type InputError } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { HEAD_BYTES, type KernelFile } from './kernel-file.ts'
import { planRequest, readFiles } from './plan-files.ts'
import { PLAN_USAGE, readPlanOptions, type PlanOptions } from './plan-options.ts'

/**
 * `berth plan`: computes a plan offline, from files alone.
 *
 * The plan goes to standard output, pretty-printed, or with `--json` as the canonical bytes and a newline.
 * A failure goes there too, as `{"error": …}`, and to standard error in words.
 */
export function planCommand(argv: readonly string[], io: Io): ExitCode {
  const options = readPlanOptions(argv)
  if (!options.ok) return usage(io, options.error)
  if (options.value === 'help') {
    io.out(PLAN_USAGE)
    return EXIT.ok
  }
  return plan(options.value, io)
}

function plan(options: PlanOptions, io: Io): ExitCode {
  const files = readFiles(options)
  if (!files.ok) {
    for (const error of files.error) io.err(`${inputErrorLine(error)}\n`)
    printError(options, io, { code: 'bad-input', detail: summary(files.error), errors: files.error })
    return EXIT.failed
  }
  const { kernel } = files.value
  const request = planRequest(options, files.value)
  const planned = planLoad(request, sha256)
  const headAlone = planned.ok && isHeadAlone(options, kernel)
  if (options.explain && !headAlone) return explain(options, request, io)
  if (!planned.ok) {
    io.err(`${options.kernel}: ${planned.error.code}: ${explainFailure(planned.error)}\n`)
    printError(options, io, planned.error)
    return planned.error.code === 'no-hole' ? EXIT.noHole : EXIT.failed
  }
  if (headAlone) {
    return usage(io, headAloneSentence(options))
  }
  io.out(options.json ? `${planText(planned.value)}\n` : `${JSON.stringify(planned.value, null, 2)}\n`)
  return EXIT.ok
}

/** Every range of every search; as text, or with `--json` as one object. */
function explain(options: PlanOptions, request: PlanRequest, io: Io): ExitCode {
  const explanation = explainPlan(request, sha256)
  const { plan: made, failure } = explanation
  if (options.json) io.out(`${JSON.stringify(explanation)}\n`)
  else io.out(`${made ? `${renderPlan(made)}\n` : ''}${explanationText(explanation)}`)
  return failure ? (failure.code === 'no-hole' ? EXIT.noHole : EXIT.failed) : EXIT.ok
}

/** No image ends with its header: a plan for one of 4 KiB would be a plan for something else. */
export function isHeadAlone(options: PlanOptions, kernel: KernelFile): boolean {
  return options.kernelSize === null && kernel.size === HEAD_BYTES
}

export function headAloneSentence({ kernel }: PlanOptions): string {
  return `${kernel} holds ${HEAD_BYTES} bytes, the head of an image: --kernel-size is missing`
}

function printError(
  options: PlanOptions,
  io: Io,
  error: PlanFailure | { code: 'bad-input'; [field: string]: unknown },
): void {
  io.out(`${JSON.stringify({ error }, null, options.json ? 0 : 2)}\n`)
}

function summary(errors: readonly InputError[]): string {
  const first = errors[0] as InputError
  return errors.length === 1
    ? inputErrorLine(first)
    : `${inputErrorLine(first)} (and ${errors.length - 1} more)`
}

function usage(io: Io, sentence: string): ExitCode {
  io.err(`berth plan: ${sentence}\n\n${PLAN_USAGE}`)
  return EXIT.usage
}

/** Lowercase hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
