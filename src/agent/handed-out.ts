import { z } from 'zod'
import { Signed } from '../wire/signing.ts'
import { Assignment } from '../wire/agent.ts'

/** What an agent reads although it is not there; what of it must be there, it looks for itself. */
const Once = z.strictObject({
  nonce: z.string().min(1).max(128).nullish().describe('Good for one use; without it the plan is.'),
  not_after: z.iso.datetime({ offset: true }).nullish().describe('The time window closes.'),
  issued_at: z.iso.datetime({ offset: true }).nullish().describe("The service's own time of this answer."),
  signed: Signed.nullish().describe('Without it, it is refused, and the service is told.'),
  post_boot: z.boolean().nullish().describe('Whether it takes reports of the phase `booted`.'),
})

export const HandedOut = z.strictObject({ ...Assignment.shape, ...Once.shape })
/** An assignment, as it was answered. */
export type HandedOut = Omit<Assignment, keyof z.infer<typeof Once>> & Partial<z.infer<typeof Once>>

/**
 * When an assignment ends by this host's clock; null where it does not.
 *
 * Where the service tells its own time, how far the two clocks are apart does not matter.
 * Units: milliseconds since 1970. `received`: when it came, by this host's clock.
 */
export function lastMoment({ not_after, issued_at }: HandedOut, received: number): number | null {
  if (not_after === undefined || not_after === null) return null
  const last = Date.parse(not_after)
  return issued_at === undefined || issued_at === null ? last : received + last - Date.parse(issued_at)
}
