import type { Placer } from '../arch/arch.ts'
import type { Result } from '../bytes/result.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'
import type { NoHole } from '../place/refusal.ts'
import type { Segment } from '../place/segment.ts'

/** One buf that a loader asked for, in the order of asking; arm64 may forget some and ask again. */
export interface Step {
  readonly buf: KexecBuf
  readonly placed: readonly Segment[]
  readonly outcome: Result<Segment, NoHole>
}

/** Is told each step while a plan is made. */
export type Watch = (step: Step) => void

/** The same placer, with somebody looking on. */
export function watched(placer: Placer, watch: Watch | null): Placer {
  if (!watch) return placer
  return (buf, placed) => {
    const outcome = placer(buf, placed)
    watch({ buf, placed: [...placed], outcome })
    return outcome
  }
}
