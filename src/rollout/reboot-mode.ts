import type { Millis } from './millis.ts'

/** `kexec` skips firmware, `cold` goes through it, `powercycle` takes the power away too. In order of preference. */
export const REBOOT_MODES = ['kexec', 'cold', 'powercycle'] as const
export type RebootMode = (typeof REBOOT_MODES)[number]

/** What an operator has set for a host; `auto` leaves it to its hardware model. */
export interface ModeSetting {
  readonly mode: RebootMode | 'auto'
  readonly because: string
  /** Null: for good. */
  readonly expiresAt: Millis | null
}

/** A mode for the next reboot only. */
export interface ModeOverride {
  readonly mode: RebootMode
  readonly because: string
  readonly expiresAt: Millis | null
  /** The plan that has used it up; null while it is to be used. */
  readonly usedBy: string | null
}

/** A mode that a hardware model doesn't get, and what speaks against it. */
export interface ModeDenial {
  readonly model: string
  readonly mode: RebootMode
  readonly evidence: readonly string[]
  readonly expiresAt: Millis | null
}

export interface ModeQuestion {
  readonly model: string | null
  readonly setting: ModeSetting | null
  readonly override: ModeOverride | null
  readonly denials: readonly ModeDenial[]
}

export interface ChosenMode {
  readonly mode: RebootMode
  /** What decided; an override is used up by the plan that carries the mode. */
  readonly from: 'override' | 'setting' | 'model' | 'default'
  readonly because: string
}

/**
 * How a host will be rebooted, and why.
 *
 * A one-shot override goes before the host's own setting, and that before what is known of its model: who names a mode
 * for one host is answerable for it. Without either, the first mode that the model isn't denied; when all are, `cold`.
 */
export function modeOf({ model, setting, override, denials }: ModeQuestion, now: Millis): ChosenMode {
  const holds = ({ expiresAt }: { readonly expiresAt: Millis | null }) =>
    expiresAt === null || expiresAt > now
  if (override && override.usedBy === null && holds(override))
    return { mode: override.mode, from: 'override', because: `this time only: ${override.because}` }
  if (setting && setting.mode !== 'auto' && holds(setting))
    return { mode: setting.mode, from: 'setting', because: setting.because }
  const against = denials.filter((d) => d.model === model && holds(d))
  const denied = REBOOT_MODES.filter((mode) => against.some((d) => d.mode === mode))
  if (denied.length === 0) return { mode: 'kexec', from: 'default', because: 'nothing speaks against it' }
  const mode = REBOOT_MODES.find((m) => !denied.includes(m)) ?? 'cold'
  const evidence = against.flatMap((d) => d.evidence).join('; ')
  return { mode, from: 'model', because: `${model} is denied ${denied.join(', ')}: ${evidence}` }
}

/** The override after a plan has taken it; asked again for the same plan, it is the same. */
export function usedUp(override: ModeOverride, plan: string): ModeOverride {
  return override.usedBy === null ? { ...override, usedBy: plan } : override
}

/** One attempt on one host of a model. */
export interface ModeTrial {
  readonly host: string
  readonly mode: RebootMode
  readonly worked: boolean
  readonly at: Millis
  readonly because: string
}

export interface DenialRule {
  /** So many hosts on which the mode failed last, within `withinMs`, and the model is denied it. */
  readonly hosts: number
  readonly withinMs: number
  /** How long the denial lasts, from the last failure on. */
  readonly lastsMs: number
}

/** The denial that a model's own trials give; null where they give none. A later success on a host takes its failure back. */
export function denialOf(
  of: { readonly model: string; readonly mode: RebootMode },
  trials: readonly ModeTrial[],
  rule: DenialRule,
  now: Millis,
): ModeDenial | null {
  const newest = new Map<string, ModeTrial>()
  for (const trial of trials.filter((t) => t.mode === of.mode && t.at <= now)) {
    const known = newest.get(trial.host)
    if (!known || known.at <= trial.at) newest.set(trial.host, trial)
  }
  const failed = [...newest.values()].filter((t) => !t.worked && t.at > now - rule.withinMs)
  if (failed.length < rule.hosts || failed.length === 0) return null
  const expiresAt = Math.max(...failed.map((t) => t.at)) + rule.lastsMs
  return { ...of, evidence: failed.map((t) => `${t.host}: ${t.because}`), expiresAt }
}
