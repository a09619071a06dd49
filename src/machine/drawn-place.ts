import { alignUp } from '../planner/bytes/align.ts'
import type { Range } from '../planner/bytes/range.ts'

/** One of the places that `slots` have, each as likely as any other. */
export function drawnPlace(
  slots: readonly Range[],
  size: number,
  align: number,
  draw: number,
): number | null {
  const places = slots.map((s) =>
    Math.max(0, Math.floor((s.last + 1 - size - alignUp(s.start, align)) / align) + 1),
  )
  const all = places.reduce((sum, n) => sum + n, 0)
  if (all === 0) return null
  let left = draw % all
  for (const [i, slot] of slots.entries()) {
    if (left < (places[i] as number)) return alignUp(slot.start, align) + left * align
    left -= places[i] as number
  }
  return null
}
