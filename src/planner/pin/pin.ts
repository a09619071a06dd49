import type { Purpose, SegmentKind } from '../names.ts'
import type { PlanBody } from '../plan/plan-body.ts'

/** Where one segment of a host's next kernel is to lie, boot after boot. */
export interface Pin {
  readonly purpose: Purpose
  readonly kind: SegmentKind
  /** Lowercase hex. */
  readonly mem: string
  /** Bytes kept free from `mem` on: at least memsz, so that a segment may grow without moving. */
  readonly room: number
  readonly reason: string
  /** It may move in the next plan even where policy is strict; the new one is no longer loose. */
  readonly loose?: boolean
}

/**
 * The pins that a plan leaves behind: one a segment, save those placed at random. Those of segments that it does
 * not have stay, unless all were forgotten (`repinned`). A plan of another strategy pins nothing.
 */
export function pinsOf(body: PlanBody, before: readonly Pin[]): readonly Pin[] {
  if (body.strategy !== 'pinned') return before
  const pinned = body.segments.filter((s) => s.chosen !== 'random')
  const now = pinned.map((segment): Pin => {
    const old = before.find((p) => p.purpose === body.purpose && p.kind === segment.kind)
    const { kind, mem, room, because: reason } = segment
    const kept = segment.chosen === 'kept-pin' && old
    return { purpose: body.purpose, kind, mem, room, reason, ...(kept ? keptOf(old) : {}) }
  })
  const forgotten = body.segments.some((s) => s.chosen === 'repinned')
  const gone = (p: Pin) =>
    p.purpose === body.purpose && (forgotten || body.segments.some((s) => s.kind === p.kind))
  return [...before.filter((p) => !gone(p)), ...now]
}

/** A pin that holds keeps its reason and its leave to move. */
function keptOf({ reason, loose }: Pin): Pick<Pin, 'reason' | 'loose'> {
  return { reason, ...(loose ? { loose } : {}) }
}
