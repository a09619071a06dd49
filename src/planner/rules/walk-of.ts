import type { Snapshot } from '../read/snapshot.ts'
import { isSince, type KernelRules } from './kernel-rules.ts'

/**
 * Whether this x86_64 kernel keeps memblock for TDX guests and so walks it for kexec too.
 *
 * Source: Linux arch/x86/Kconfig, INTEL_TDX_HOST; it excluded kexec up to 6.17 (80804847269e, 6.18).
 */
export function isTdxHost({ arch, release, config }: Snapshot): boolean {
  return arch === 'x86_64' && isSince(release, 6, 18) && config?.get('CONFIG_INTEL_TDX_HOST') === 'y'
}

/** What this very kernel walks: the rule of its release, but for a TDX host whose memblock is known. */
export function walkOf(snapshot: Snapshot, rules: KernelRules): KernelRules['walks'] {
  return isTdxHost(snapshot) && snapshot.memblock ? 'memblock' : rules.walks
}
