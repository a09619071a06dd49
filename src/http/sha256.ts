import { createHash } from 'node:crypto'

/** Lowercase hex; the planner has no hash of its own and is given this one. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
