import { digestOfBytes, type KexecImage, type LoadedSegment } from '../machine/index.ts'
import type { PlanBody } from '../planner/index.ts'
import type { Report } from '../wire/plan.ts'
import { sha256 } from './sha256.ts'

/** Where what is held differs from what was planned, in words; null where it does not. */
export function differenceFrom(
  body: PlanBody,
  image: KexecImage,
  held: readonly LoadedSegment[] | null,
): string | null {
  if (!held || held.length !== body.segments.length)
    return `${held?.length ?? 0} segments held, ${body.segments.length} planned`
  for (const [i, planned] of body.segments.entries()) {
    const found = held[i] as LoadedSegment
    const bytes = image.segments[i]?.bytes ?? new Uint8Array(0)
    const same =
      hexOf(found.mem) === planned.mem && found.bufsz === planned.bufsz && found.memsz === planned.memsz
    if (!same)
      return `${planned.kind} is at ${hexOf(found.mem)} with ${found.bufsz} of ${found.memsz} bytes, planned ${planned.mem}`
    if (found.sha256 !== digestOfBytes(bytes, 0, bytes.length, sha256))
      return `${planned.kind} holds other bytes than were given`
  }
  return null
}

function hexOf(n: number): string {
  return `0x${n.toString(16)}`
}

/** What a kernel holds, as a report tells it. */
export function toldSegments(held: readonly LoadedSegment[]): Report['segments'] {
  return held.map((s) => ({ mem: hexOf(s.mem), bufsz: s.bufsz, memsz: s.memsz, sha256: s.sha256 }))
}
