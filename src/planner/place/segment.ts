import type { SegmentKind } from '../names.ts'
import type { PhysAddr } from '../bytes/phys-addr.ts'
import { rangeOfSize, type Range } from '../bytes/range.ts'
import type { NamedRange } from '../memory/memory-map.ts'
import type { Pin } from '../pin/pin.ts'
import type { PlannedSegment } from '../plan/plan-body.ts'
import type { Walk } from './walk.ts'

/** A pin that does not hold on this boot. */
export interface LeftPin {
  readonly pin: Pin
  /** A clause. */
  readonly cause: string
  readonly by: NamedRange | null
}

/** A buf that has found its place. Units: bytes. */
export interface Segment {
  readonly kind: SegmentKind
  readonly mem: PhysAddr
  readonly bufsz: number
  readonly memsz: number
  readonly align: number
  /** Bytes kept free from `mem` on, so that the segment may grow: at least memsz. */
  readonly room: number
  readonly chosen: PlannedSegment['chosen']
  readonly because: string
  /** The pin that it had to leave, and what was in the way; absent where none was left. */
  readonly left?: LeftPin
  /** The searches that led here, in the order in which they were made; the last found the place. */
  readonly walks?: readonly Walk[]
}

/** The bytes that a segment will fill. */
export function rangeOf(segment: Pick<Segment, 'mem' | 'memsz'>): Range {
  return rangeOfSize(segment.mem, segment.memsz)
}
