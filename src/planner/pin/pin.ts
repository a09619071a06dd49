import type { PlanBody, Purpose, SegmentKind } from '../plan/plan-body.ts'

/** Where one segment of a host's next kernel is to lie, boot after boot. */
export interface Pin {
  readonly purpose: Purpose
  readonly kind: SegmentKind
  /** Lowercase hex. */
  readonly mem: string
  /** Bytes kept free from `mem` on: at least memsz, so that a segment may grow without moving. */
  readonly room: number
  readonly reason: string
}

/**
 * The pins that a plan leaves behind: one a segment; those of segments that it does not have stay.
 * A plan of another strategy pins nothing.
 */
export function pinsOf(body: PlanBody, before: readonly Pin[]): readonly Pin[] {
  if (body.strategy !== 'pinned') return before
  const now = body.segments.map((segment): Pin => {
    const old = before.find((p) => p.purpose === body.purpose && p.kind === segment.kind)
    const reason = segment.chosen === 'kept-pin' && old ? old.reason : segment.because
    return { purpose: body.purpose, kind: segment.kind, mem: segment.mem, room: segment.room, reason }
  })
  const kept = before.filter((p) => !now.some((n) => n.purpose === p.purpose && n.kind === p.kind))
  return [...kept, ...now]
}
