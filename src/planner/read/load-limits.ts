import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { onlyLine, refusal, refusedFile, refusedLine } from './lines.ts'

export const LOCKDOWNS = ['none', 'integrity', 'confidentiality'] as const
export type Lockdown = (typeof LOCKDOWNS)[number]

/** What sysctl says of loading; null for a name that this kernel does not have. */
export interface LoadLimits {
  readonly disabled: boolean | null
  /** How many more loads for a reboot; -1: any number. */
  readonly reboots: number | null
}

/**
 * Which lockdown is on: the word in brackets of /sys/kernel/security/lockdown.
 *
 * Errors: `bad-value` without one word in brackets that is a lockdown.
 * Source: man 7 kernel_lockdown; Linux Documentation/admin-guide/kernel-parameters.txt, lockdown=.
 */
export function readLockdown(text: string): Result<Lockdown, BadInput> {
  const line = onlyLine(text, 'lockdown')
  if (!line.ok) return line
  const chosen = line.value.split(' ').filter((word) => word.startsWith('[') && word.endsWith(']'))
  const found = LOCKDOWNS.find((name) => chosen[0] === `[${name}]`)
  if (found && chosen.length === 1) return ok(found)
  return refusedFile('lockdown', 'bad-value', `one of ${LOCKDOWNS.join(', ')} in brackets`, line.value)
}

/**
 * Reads the lines `kexec_load_… N` of kexec-limits; names that a later kernel adds are let pass.
 *
 * Source: Linux Documentation/admin-guide/sysctl/kernel.rst, kexec_load_disabled and kexec_load_limit_reboot.
 */
export function readLoadLimits(text: string): Result<LoadLimits, BadInput> {
  const values = new Map<string, number>()
  const bad = refusedLine(text, 'kexec-limits', (line) => {
    const found = /^(\w+) (-1|\d{1,10})$/.exec(line.text.slice(line.from, line.to))
    if (!found) return refusal(line, line.from, 'bad-line', 'a name, a space and -1 or decimal digits')
    values.set(found[1] as string, Number(found[2]))
    return null
  })
  if (bad) return err(bad)
  const disabled = values.get('kexec_load_disabled')
  return ok({
    disabled: disabled === undefined ? null : disabled !== 0,
    reboots: values.get('kexec_load_limit_reboot') ?? null,
  })
}

/** Whether firmware runs with Secure Boot on: the last byte of the variable SecureBoot, as a digit. */
export function readSecureBoot(text: string): Result<boolean, BadInput> {
  const line = onlyLine(text, 'secure-boot')
  if (!line.ok) return line
  if (line.value === '0' || line.value === '1') return ok(line.value === '1')
  return refusedFile('secure-boot', 'bad-value', '0 or 1', line.value)
}
