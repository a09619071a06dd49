import { merged, overlaps, subtract, type Range } from '../planner/bytes/range.ts'
import { ok, type Result } from '../planner/bytes/result.ts'
import type { BadInput } from '../planner/read/bad-input.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { readSnapshot, type Snapshot } from '../planner/read/snapshot.ts'
import { pattern, type Content } from './content.ts'
import { guardedRanges, lpiHazards, type Hazard, type WatchedRange } from './guarded.ts'
import type { LoadedImage } from './kexec.ts'
import { emptyMemory, write, type Memory } from './memory.ts'
import { seedOf } from './random.ts'

export interface MachineOptions {
  /** Everything random about this machine follows from it. */
  readonly seed: number
  /** Whether a GICv3 goes on writing to its LPI tables after the jump; true unless said otherwise. */
  readonly gicHazards?: boolean
}

/** A protected range with the pattern that must still be there when the next kernel looks. */
export interface Canary {
  readonly range: Range
  readonly why: string
  readonly content: Content
  /** Who alone needs it; absent where every boot does. */
  readonly neededBy?: WatchedRange['neededBy']
}

/** A host in one boot: what it would tell, what lies in its memory, and what is loaded for the jump. */
export interface Machine {
  readonly options: MachineOptions
  readonly files: CaptureFiles
  readonly snapshot: Snapshot
  readonly memory: Memory
  readonly canaries: readonly Canary[]
  readonly hazards: readonly Hazard[]
  /** What kexec booked; nothing of it is in memory yet. */
  loaded: LoadedImage | null
}

/**
 * Builds a host from the capture of one of its boots.
 *
 * Every range that firmware left behind gets a canary; memory is otherwise empty.
 *
 * Errors: those of `readSnapshot`.
 */
export function machineFrom(
  files: CaptureFiles,
  options: MachineOptions,
): Result<Machine, readonly BadInput[]> {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) return snapshot
  const memory = emptyMemory()
  const canaries = canariesOf(guardedRanges(snapshot.value, files.dmesg ?? ''), options.seed)
  for (const canary of canaries) write(memory, canary.range, canary.content)
  const hazards = options.gicHazards === false ? [] : lpiHazards(snapshot.value)
  return ok({ options, files, snapshot: snapshot.value, memory, canaries, hazards, loaded: null })
}

/** Overlapping ranges become one canary that names all reasons; what only some boots need stays apart. */
function canariesOf(watched: readonly WatchedRange[], seed: number): Canary[] {
  const out: Canary[] = []
  for (const neededBy of [undefined, 'acpi', 'uefi'] as const) {
    const these = watched.filter((w) => w.neededBy === neededBy)
    const ranges = subtract(
      merged(these.map((w) => w.range)),
      out.map((c) => c.range),
    )
    for (const range of ranges) {
      const within = these.filter((w) => overlaps(w.range, range))
      const why = [...new Set(within.map((w) => w.why))].slice(0, MAX_REASONS).join(', ')
      const content = pattern(seedOf(`canary ${seed} ${range.start}`))
      out.push({ range, why, content, ...(neededBy ? { neededBy } : {}) })
    }
  }
  return out
}

const MAX_REASONS = 4
