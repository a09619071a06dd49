import { physAddr, type PhysAddr } from '../planner/bytes/phys-addr.ts'

/** An address as it goes over the wire; null for anything else. */
export function wireAddress(value: unknown): PhysAddr | null {
  if (typeof value !== 'string' || !/^0x(0|[1-9a-f][0-9a-f]*)$/.test(value)) return null
  return Number.isSafeInteger(Number(value)) ? physAddr(Number(value)) : null
}
