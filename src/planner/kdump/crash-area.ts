import type { Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'

/** What `crashkernel=` reserved. */
export interface CrashArea {
  /** Where crash images go: the highest reservation. */
  readonly main: Range
  /** A second, low one for devices that cannot reach high memory; null where there is none. */
  readonly low: Range | null
}

/**
 * The reservations for a crash kernel, as iomem shows them; null where there is none.
 *
 * Source: Linux kernel/crash_reserve.c: with a high main area a low one may come with it.
 */
export function crashArea(map: MemoryMap): CrashArea | null {
  const main = map.crashKernel.at(-1)
  if (!main) return null
  return { main, low: map.crashKernel.length > 1 ? (map.crashKernel[0] ?? null) : null }
}
