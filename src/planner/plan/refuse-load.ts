import { sizeOf } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import type { Segment } from '../place/segment.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { RefusedLoad } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/** The first size that no loader reads. */
const INITRD_TOO_LARGE = 2 ** 32

/** What can be refused before anything is placed; null where nothing stands against it. */
export function refuseLoad(request: PlanRequest): RefusedLoad | null {
  const { snapshot, strategy, initrdSize, arch } = request
  if (arch && arch !== snapshot.arch) {
    return {
      code: 'arch-mismatch',
      detail: `the boot entry is for ${arch}, the snapshot is of an ${snapshot.arch} host`,
    }
  }
  if (initrdSize !== null && initrdSize >= INITRD_TOO_LARGE) {
    return {
      code: 'initrd-too-large',
      detail: `an initrd of ${initrdSize} bytes; loaders take less than ${INITRD_TOO_LARGE}`,
    }
  }
  if (strategy === 'kexec_file' && snapshot.arch === 'arm64' && !snapshot.memblock) {
    return {
      code: 'memblock-missing',
      detail: 'arm64 places by memblock: the snapshot needs memblock-memory and memblock-reserved',
    }
  }
  return null
}

/** The kernel takes no image of which one segment, or all together, fill more than half of RAM. */
export function overHalfOfRam(
  segments: readonly Segment[],
  snapshot: Snapshot,
  map: MemoryMap,
): RefusedLoad | null {
  const total = snapshot.memTotal ?? map.systemRam.reduce((sum, r) => sum + sizeOf(r), 0)
  const wanted = segments.reduce((sum, s) => sum + s.memsz, 0)
  if (wanted <= total / 2) return null
  return {
    code: 'over-half-of-ram',
    detail: `the segments fill ${wanted} bytes; the kernel takes half of its ${total} at most`,
  }
}
