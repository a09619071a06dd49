import type { StrategyName } from '../names.ts'
import { inBoth, merged, subtract, type Range } from '../bytes/range.ts'
import type { MemoryMap, NamedRange } from '../memory/memory-map.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { cause, type Cause, type CauseCode } from './cause.ts'

/** What one reader of memory leaves alone, and why: evidence for a sentence. */
interface Closure {
  readonly code: CauseCode
  readonly ranges: readonly Range[]
  readonly because: string
}

export const LOADER: Record<StrategyName, string> = {
  kexec_file: 'kexec_file',
  kexec_tools: 'kexec-tools',
  pinned: 'a pinned plan',
}

/**
 * Why `closed`, ranges in which `strategy` books nothing, are closed to it: what the snapshot says of
 * them, source by source. What no source explains is `cause-unknown`.
 */
export function whyClosed(
  closed: readonly Range[],
  strategy: StrategyName,
  snapshot: Snapshot,
  map: MemoryMap,
): Cause[] {
  const out: Cause[] = []
  let rest: readonly Range[] = merged(closed)
  for (const { code, ranges, because } of closures(strategy, snapshot, map)) {
    const hit = inBoth(rest, ranges)
    if (hit.length === 0) continue
    rest = subtract(rest, ranges)
    out.push(cause(code, `Closed to ${LOADER[strategy]}: ${because}.`, hit))
  }
  if (rest.length > 0) out.push(leftOver(rest, strategy, map))
  return out
}

/** The first source that explains comes first. */
function closures(strategy: StrategyName, snapshot: Snapshot, map: MemoryMap): Closure[] {
  switch (strategy) {
    case 'kexec_file':
      return map.arch === 'arm64' ? byMemblock(map) : byResources(snapshot, map)
    case 'kexec_tools':
      return map.arch === 'arm64' ? byIomem(map) : byFirmwareMap(map)
    case 'pinned':
      return [
        ...named('hazard', map.hazards, 'hardware may still write to it'),
        ...named('protected', map.protected, 'the next kernel needs it whole'),
        ...closures('kexec_file', snapshot, map),
        ...closures('kexec_tools', snapshot, map),
      ]
  }
}

function byMemblock(map: MemoryMap): Closure[] {
  const own = map.runningKernel ? [map.runningKernel] : []
  const unmapped = map.protected.filter((n) => n.why === 'memory without mapping').map((n) => n.range)
  const listed = map.nested.map((n) => n.range)
  return [
    { code: 'no-mapping', ranges: unmapped, because: 'memory without mapping, which memblock never offers' },
    {
      code: 'running-kernel',
      ranges: inBoth(map.memblockReserved, own),
      because: 'the running kernel lies there, and memblock reserves it',
    },
    {
      code: 'reserved',
      ranges: inBoth(map.memblockReserved, listed),
      because: 'memblock reserves it, and iomem lists that below System RAM',
    },
    {
      code: 'memblock-only-reserved',
      ranges: map.memblockReserved,
      because: "memblock reserves it, and iomem's tree does not show that",
    },
  ]
}

function byResources(snapshot: Snapshot, map: MemoryMap): Closure[] {
  const told = snapshot.cmdline.split(/\s+/).filter((word) => /^(mem|memmap)=/.test(word))
  const left =
    told.length > 0 ? `the kernel was told to leave it (${told.join(' ')})` : 'the kernel does not use it'
  return [
    {
      code: 'firmware-map-has-more',
      ranges: subtract(map.firmwareRam ?? [], map.systemRam),
      because: `RAM by the firmware map, but no System RAM: ${left}`,
    },
  ]
}

function byIomem(map: MemoryMap): Closure[] {
  const reserved = map.nested.filter((n) => n.why === 'reserved').map((n) => n.range)
  const held = map.memblockMemory ? map.memblockReserved : reserved
  return [
    {
      code: 'second-level-reserved',
      ranges: inBoth(reserved, held),
      because: 'iomem has it as reserved below System RAM',
    },
    {
      code: 'stale-reserved',
      ranges: reserved,
      because: 'iomem has it as reserved, as of boot time; memblock has let it go since',
    },
    {
      code: 'crash-reservation',
      ranges: map.crashKernel,
      because: 'iomem has it as Crash kernel',
    },
    {
      code: 'iomem-line',
      ranges: map.nested.map((n) => n.range),
      because: 'iomem has another line below System RAM there',
    },
  ]
}

function byFirmwareMap(map: MemoryMap): Closure[] {
  return [
    {
      code: 'firmware-map-has-less',
      ranges: map.firmwareRam ? subtract(map.systemRam, map.firmwareRam) : [],
      because: 'System RAM that the firmware map does not list',
    },
  ]
}

function named(code: CauseCode, ranges: readonly NamedRange[], what: string): Closure[] {
  return ranges.map((n) => ({ code, ranges: [n.range], because: `${what} (${n.why})` }))
}

function leftOver(rest: readonly Range[], strategy: StrategyName, map: MemoryMap): Cause {
  const loader = LOADER[strategy]
  const ram = merged([...map.systemRam, ...(map.memblockMemory ?? []), ...(map.firmwareRam ?? [])])
  if (inBoth(rest, ram).length === 0) return cause('not-ram', `Closed to ${loader}: no RAM is there.`, rest)
  if (strategy === 'pinned') {
    return cause(
      'unstable-ground',
      'Closed to a new pin: not free in every remembered boot, or close to what moves from boot to boot.',
      rest,
    )
  }
  return cause('cause-unknown', `Closed to ${loader}; no source of the snapshot tells why.`, rest)
}
