import { chosenInitrd } from '../read/fdt-chosen.ts'
import type { Snapshot } from '../read/snapshot.ts'

/** Where the running kernel was given its initrd, by boot_params or device tree; null where neither tells. */
export function initrdOf(snapshot: Snapshot): number | null {
  if (snapshot.arch === 'x86_64') return snapshot.bootParams?.initrd?.start ?? null
  return snapshot.fdt ? (chosenInitrd(snapshot.fdt)?.start ?? null) : null
}
