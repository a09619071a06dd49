import { keptBeside } from '../bytes/beside.ts'
import type { Range } from '../bytes/range.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { MemoryMap } from './memory-map.ts'

interface Known {
  map: MemoryMap
  digest: string
  /** What kexec-tools takes for usable where it loads no crash kernel. */
  tools: readonly Range[]
}

/**
 * What is worked out of a snapshot once, however often it is planned, judged and shown: a refusal alone plans it some
 * 15 times over to find the smallest change that helps.
 */
export const knownOf = keptBeside<Snapshot, Known>()
