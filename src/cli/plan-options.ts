import { PURPOSES, type Purpose, STRATEGIES, type StrategyName } from '../planner/names.ts'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import type { WireFacts } from '../planner/plan/facts.ts'
import { FACT_OPTIONS, FACT_USAGE, factsGiven } from './fact-options.ts'

/** The command line of `berth plan`, checked. Units: bytes. */
export interface PlanOptions {
  readonly capture: string
  readonly kernel: string
  readonly kernelSize: number | null
  readonly initrdSize: number | null
  readonly cmdline: string
  readonly purpose: Purpose
  readonly strategy: StrategyName
  readonly pins: string | null
  readonly policy: string | null
  readonly booted: string | null
  /** Folders, each with the plan that booted it where it is `DIR=PLAN.json`. */
  readonly history: readonly string[]
  /** What the command line itself says; a file of facts stands behind it. */
  readonly facts: WireFacts
  readonly factsFile: string | null
  readonly calibration: string | null
  readonly devicetree: string | null
  readonly exceptions: string | null
  readonly rules: string | null
  readonly json: boolean
  readonly explain: boolean
}

export const PLAN_USAGE = `usage: berth plan --capture DIR --kernel FILE [options]

Computes, without any service, where the next kernel's segments would lie.

  --capture DIR           a capture folder, as \`berth capture\` writes it
  --kernel FILE           the whole image, or its first 4 KiB together with --kernel-size
  --kernel-size BYTES     size of the whole image
  --initrd-size BYTES     size of the initrd; none when left out
  --cmdline TEXT          command line of the next kernel; empty when left out
  --purpose NAME          ${PURPOSES.join(' | ')} (default reboot)
  --strategy NAME         ${STRATEGIES.join(' | ')} (default pinned)
  --pins FILE             pins to keep: a JSON list of {purpose, kind, mem, room, reason, loose},
                          or what the service answers for the pins of a host
  --policy FILE           how pins are kept: \`inputs.policy\` of a plan, or the rules of a policy,
                          for which a seed is drawn where something is placed at random
  --booted FILE           the plan that booted the captured kernel, as printed here or as the
                          service answers
  --history DIR           capture of an earlier boot of this host; may be repeated, newest first;
                          DIR=PLAN.json names the plan that booted it
${FACT_USAGE}  --calibration FILE      what \`berth calibrate\` found for this release
  --devicetree FILE       arm64: takes the place of the running kernel's device tree
  --exceptions FILE       protected memory that the boot does without: a JSON list of
                          {kind, policy, approver, reason, expires_at}
  --rules ID              placement rules other than the release's, as arm64/5.10
  --explain               what became of every range that was looked at, instead of the plan alone
  --json                  the canonical bytes on one line: what the digest covers

examples:
  berth plan --capture captures/web-7 --kernel vmlinuz --initrd-size 83886080
  berth plan --capture captures/web-7 --kernel vmlinuz --explain

exit: 0 planned, 1 bad input, 2 bad usage, 3 no hole

Plans that the service keeps: berth plan make, list, show, state, assign; each with --help.
`

/**
 * Reads the command line of `berth plan`.
 *
 * Errors: one sentence that names the option at fault.
 */
export function readPlanOptions(argv: readonly string[]): Result<PlanOptions | 'help', string> {
  try {
    return ok(optionsOf(argv))
  } catch (thrown) {
    // parseArgs tells unknown and incomplete options by throwing; nothing else in here does but `fail`.
    return err(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function optionsOf(argv: readonly string[]): PlanOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      capture: { type: 'string' },
      kernel: { type: 'string' },
      'kernel-size': { type: 'string' },
      'initrd-size': { type: 'string' },
      cmdline: { type: 'string', default: '' },
      purpose: { type: 'string', default: 'reboot' },
      strategy: { type: 'string', default: 'pinned' },
      pins: { type: 'string' },
      policy: { type: 'string' },
      booted: { type: 'string' },
      history: { type: 'string', multiple: true, default: [] },
      ...FACT_OPTIONS,
      facts: { type: 'string' },
      calibration: { type: 'string' },
      devicetree: { type: 'string' },
      exceptions: { type: 'string' },
      rules: { type: 'string' },
      json: { type: 'boolean', default: false },
      explain: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  // No initrd and an empty one are the same to every loader: neither makes a segment.
  const initrdSize = bytesOf('initrd-size', values['initrd-size'], 0)
  return {
    capture: required('capture', values.capture),
    kernel: required('kernel', values.kernel),
    kernelSize: bytesOf('kernel-size', values['kernel-size'], 1),
    initrdSize: initrdSize === 0 ? null : initrdSize,
    cmdline: values.cmdline,
    purpose: oneOf('purpose', PURPOSES, values.purpose),
    strategy: oneOf('strategy', STRATEGIES, values.strategy),
    pins: values.pins ?? null,
    policy: values.policy ?? null,
    booted: values.booted ?? null,
    history: values.history,
    facts: factsGiven(values),
    factsFile: values.facts ?? null,
    calibration: values.calibration ?? null,
    devicetree: values.devicetree ?? null,
    exceptions: values.exceptions ?? null,
    rules: values.rules ?? null,
    json: values.json,
    explain: values.explain,
  }
}

function required(option: string, value: string | undefined): string {
  if (!value) throw new Error(`--${option} is missing`)
  return value
}

function bytesOf(option: string, value: string | undefined, least: number): number | null {
  if (value === undefined) return null
  const bytes = /^([0-9]+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : NaN
  if (Number.isSafeInteger(bytes) && bytes >= least) return bytes
  throw new Error(`--${option} wants a number of bytes from ${least} on, not '${value}'`)
}

function oneOf<T extends string>(option: string, names: readonly T[], value: string): T {
  const found = names.find((name) => name === value)
  if (found === undefined) throw new Error(`--${option} wants one of ${names.join(', ')}, not '${value}'`)
  return found
}
