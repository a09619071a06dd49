import type { FirmwarePlan } from './firmware-plan.ts'
import type { PlanBody } from './plan-body.ts'

/**
 * The canonical bytes of a plan: one line of JSON, fields in the order in which whoever makes it sets them,
 * no space, no newline. The digest of a plan is the SHA-256 of this text as UTF-8.
 */
export function planText(body: PlanBody | FirmwarePlan): string {
  return JSON.stringify(body)
}
