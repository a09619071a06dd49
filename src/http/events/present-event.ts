import type { Event as EventRow } from '../../store/events.ts'
import type { Event } from '../../wire/event.ts'

/** One event as everybody is told of it: who follows the stream, and webhooks. */
export function presentEvent({ seq, at, kind, hostId, rolloutId, planId, target, detail }: EventRow): Event {
  const of = { host: hostId, rollout: rolloutId, plan: planId }
  return { id: String(seq), at: at.toISOString(), kind, ...of, target, detail }
}

/** What came before `first` is no longer kept: whoever is told has to read everything again. */
export function gapEvent(first: number, at: Date): EventRow {
  const lost = { seq: first - 1, at, kind: 'gap', hostId: null, rolloutId: null, planId: null }
  return { ...lost, target: '', detail: 'what came before is no longer kept: read again' }
}
