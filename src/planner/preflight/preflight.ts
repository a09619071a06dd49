import type { CaptureFile } from '../read/capture-files.ts'
import type { Snapshot } from '../read/snapshot.ts'

/** The two ways into the kernel: addresses of one's own, or those that the kernel chooses. */
export const LOADERS = ['kexec_load', 'kexec_file_load'] as const
export type Loader = (typeof LOADERS)[number]

export const PREFLIGHT_CHECKS = [
  'support',
  'disabled',
  'limit',
  'lockdown',
  'appraisal',
  'signature',
] as const

/** One reason for which a kernel refuses a load, looked at before anybody tries. */
export interface PreflightCheck {
  readonly check: (typeof PREFLIGHT_CHECKS)[number]
  readonly verdict: 'ready' | 'refused' | 'unknown'
  /** The file that says so, or would. */
  readonly file: CaptureFile
  /** Where it is refused, what would change it as well. */
  readonly sentence: string
}

export interface LoadAsked {
  readonly loader: Loader
  /** Whether the kernel image carries a signature: see `isSigned`; null where that is not known. */
  readonly signed: boolean | null
}

type Told = Omit<PreflightCheck, 'check'>

/** What a snapshot says of loading. */
export type LoadRules = Pick<Snapshot, 'config' | 'loadLimits' | 'lockdown' | 'secureBoot'>

/**
 * Whether the running kernel would take a load, as far as its files tell.
 *
 * No file tells whether the loader has CAP_SYS_BOOT, whether a key is trusted, or what a policy of IMA demands.
 *
 * Source: Linux Documentation/admin-guide/sysctl/kernel.rst (kexec_load_disabled, kexec_load_limit_reboot); man 7
 * kernel_lockdown; man 2 kexec_load; kernel/Kconfig.kexec (KEXEC_SIG, KEXEC_SIG_FORCE);
 * security/integrity/ima/Kconfig (IMA_SECURE_AND_OR_TRUSTED_BOOT).
 */
export function preflight(of: LoadRules, asked: LoadAsked): readonly PreflightCheck[] {
  const told: { readonly [C in PreflightCheck['check']]: Told } = {
    support: support(of, asked.loader),
    disabled: disabled(of),
    limit: limit(of),
    lockdown: lockdown(of, asked.loader),
    appraisal: appraisal(of, asked.loader),
    signature: signature(of, asked),
  }
  return PREFLIGHT_CHECKS.map((check) => ({ check, ...told[check] }))
}

/** Refused by one, refused; ready when no check is left open. */
export function preflightVerdict(checks: readonly PreflightCheck[]): PreflightCheck['verdict'] {
  return (['refused', 'unknown'] as const).find((v) => checks.some((c) => c.verdict === v)) ?? 'ready'
}

/** Why a load would be refused, in one sentence; null where nothing that is known speaks against it. */
export function loadRefusal(of: LoadRules, asked: LoadAsked): string | null {
  const refused = preflight(of, asked).filter((c) => c.verdict === 'refused')
  return refused.length === 0 ? null : refused.map((c) => c.sentence).join('; ')
}

const OPTION: { readonly [L in Loader]: string } = {
  kexec_load: 'CONFIG_KEXEC',
  kexec_file_load: 'CONFIG_KEXEC_FILE',
}

function support({ config }: LoadRules, loader: Loader): Told {
  const file = 'kernel-config'
  if (config === null) return unknown(file, 'the configuration of the running kernel was not captured')
  if (config.get(OPTION[loader]) === 'y') return ready(file, `the running kernel is built with ${loader}`)
  return refused(
    file,
    `the running kernel is built without ${OPTION[loader]}: only a boot into another one changes that`,
  )
}

function disabled({ loadLimits }: LoadRules): Told {
  const file = 'kexec-limits'
  if (loadLimits === null || loadLimits.disabled === null)
    return unknown(file, 'kexec_load_disabled was not captured')
  if (!loadLimits.disabled) return ready(file, 'kexec_load_disabled is 0')
  const sentence = 'kexec_load_disabled is 1: only a boot through firmware without that setting takes it back'
  return refused(file, sentence)
}

function limit({ loadLimits }: LoadRules): Told {
  const file = 'kexec-limits'
  const left = loadLimits?.reboots ?? null
  if (left === null) return ready(file, 'no limit of loads is known; kernels before 6.3 have none')
  if (left !== 0) return ready(file, left < 0 ? 'loads are not counted' : `${left} more loads are allowed`)
  const sentence =
    'kexec_load_limit_reboot is 0: no load is left in this boot, and only a boot through firmware gives more'
  return refused(file, sentence)
}

function lockdown({ lockdown: on, secureBoot }: LoadRules, loader: Loader): Told {
  const file = 'lockdown'
  if (on === null) {
    if (secureBoot === false) return ready(file, 'no lockdown was captured, and Secure Boot is off')
    return unknown(file, 'whether the kernel is locked down was not captured')
  }
  if (on === 'none') return ready(file, 'the kernel is not locked down')
  if (loader === 'kexec_file_load') return ready(file, `lockdown ${on} lets kexec_file_load be`)
  const sentence = `lockdown ${on} forbids kexec_load: a boot without it, mostly with Secure Boot off, or kexec_file_load with a signed kernel`
  return refused(file, sentence)
}

/** With Secure Boot, IMA refuses a load of which it sees no file. */
function appraisal({ config, secureBoot }: LoadRules, loader: Loader): Told {
  const file = 'secure-boot'
  if (loader === 'kexec_file_load')
    return ready(file, 'kexec_file_load hands files over, which can be appraised')
  if (secureBoot === false) return ready(file, 'Secure Boot is off')
  const needed = ['CONFIG_KEXEC_SIG', 'CONFIG_IMA_SECURE_AND_OR_TRUSTED_BOOT']
  if (config && needed.some((name) => config.get(name) !== 'y'))
    return ready(file, `the running kernel is built without ${needed.join(' and ')}`)
  if (secureBoot === null || config === null)
    return unknown(file, 'whether Secure Boot is on, or how the kernel is built, was not captured')
  return refused(
    file,
    'Secure Boot is on and IMA has no file to appraise: with Secure Boot off, or by kexec_file_load with a signed kernel',
  )
}

function signature({ config, lockdown: on }: LoadRules, { loader, signed }: LoadAsked): Told {
  const file = 'kernel-config'
  if (loader === 'kexec_load') return ready(file, 'kexec_load looks at no signature')
  if (config === null) return unknown(file, 'whether signatures are asked for was not captured')
  const set = (...names: string[]) => names.some((name) => config.get(name) === 'y')
  // Before Linux 5.4 checking had another name, and was always forced.
  const isForced = set('CONFIG_KEXEC_SIG_FORCE', 'CONFIG_KEXEC_VERIFY_SIG')
  if (!isForced && !set('CONFIG_KEXEC_SIG')) return ready(file, 'the running kernel checks no signatures')
  if (!isForced && on === null)
    return unknown('lockdown', 'lockdown decides whether a signature is asked for, and was not captured')
  if (!isForced && on === 'none') return ready(file, 'a signature is looked at, and not asked for')
  const why = isForced ? "the kernel's configuration" : `lockdown ${on}`
  if (signed === null) return unknown(file, `${why} asks for a signed kernel, and no kernel is named`)
  if (signed)
    return unknown(
      file,
      `${why} asks for a signed kernel: this one carries a signature, by whose key is not known`,
    )
  return refused(file, `${why} asks for a signed kernel, and this one carries no signature: sign it`)
}

function ready(file: CaptureFile, sentence: string): Told {
  return { verdict: 'ready', file, sentence }
}

function unknown(file: CaptureFile, sentence: string): Told {
  return { verdict: 'unknown', file, sentence }
}

function refused(file: CaptureFile, sentence: string): Told {
  return { verdict: 'refused', file, sentence }
}
