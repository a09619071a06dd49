import type { Millis } from './millis.ts'
import type { Member } from './rollout.ts'
import type { Attempts } from './spec.ts'

/**
 * When a host whose attempt failed may try again; null where it has no attempt left, or was to go back.
 *
 * The wait doubles with each failure, up to a limit. Agents add their own jitter.
 */
export function retryAt(member: Member, attempts: Attempts): Millis | null {
  if (member.fallback !== null || member.failures >= attempts.most) return null
  return member.since + backoffMs(member.failures, attempts)
}

function backoffMs(failures: number, { backoffMs, mostBackoffMs }: Attempts): number {
  return Math.min(mostBackoffMs, backoffMs * 2 ** Math.max(0, failures - 1))
}
