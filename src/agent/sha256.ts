import { createHash } from 'node:crypto'
import type { Sha256 } from '../planner/index.ts'

/** Lowercase hex, as the planner and the machine want it. */
export const sha256: Sha256 = (content) => createHash('sha256').update(content).digest('hex')
