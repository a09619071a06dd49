import type { PlanBody } from './plan-body.ts'

/**
 * The canonical bytes of a plan: one line of JSON, fields in the order in which `planLoad` sets them,
 * no space, no newline. The digest of a plan is the SHA-256 of this text as UTF-8.
 */
export function planText(body: PlanBody): string {
  return JSON.stringify(body)
}
