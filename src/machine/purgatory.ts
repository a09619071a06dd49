import { rangeOfSize, type Range } from '../planner/bytes/range.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { asciiBytes } from '../planner/bytes/ascii.ts'
import { putU64le, safeU64le } from '../planner/bytes/endian.ts'
import { digestOf, type Memory } from './memory.ts'

/** What runs between two kernels: it checks what was copied, then jumps. */
export interface Purgatory {
  readonly jump: number
  /** What the kernel is handed: the address of boot_params, or of the device tree. */
  readonly argument: number
  readonly checks: readonly { readonly range: Range; readonly sha256: string }[]
}

const MAGIC = asciiBytes('BERTHPGT')
const HEADER = 32
const CHECK = 48
/** As many as there may be segments. */
const MAX_CHECKS = 16

/**
 * The bytes of a purgatory, padded to `size`: the emulated machine's counterpart of the code that
 * the real kernel carries for this.
 *
 * Units: bytes. Errors: throws where `size` is too small for its checks.
 * Source: Linux arch/x86/purgatory/purgatory.c for what it does: no jump where one digest is wrong.
 */
export function purgatoryBytes(purgatory: Purgatory, size: number): Uint8Array {
  const needed = HEADER + CHECK * purgatory.checks.length
  if (needed > size)
    throw new RangeError(`a purgatory of ${size} bytes holds fewer than ${purgatory.checks.length} checks`)
  const out = new Uint8Array(size)
  out.set(MAGIC)
  putU64le(out, 8, purgatory.jump)
  putU64le(out, 16, purgatory.argument)
  putU64le(out, 24, purgatory.checks.length)
  purgatory.checks.forEach((check, i) => {
    const at = HEADER + CHECK * i
    putU64le(out, at, check.range.start)
    putU64le(out, at + 8, check.range.last - check.range.start + 1)
    for (let b = 0; b < 32; b++) out[at + 16 + b] = Number.parseInt(check.sha256.slice(2 * b, 2 * b + 2), 16)
  })
  return out
}

/** Reads a purgatory back; null where the bytes are none. */
export function readPurgatory(bytes: Uint8Array): Purgatory | null {
  if (bytes.length < HEADER || MAGIC.some((byte, i) => bytes[i] !== byte)) return null
  const jump = safeU64le(bytes, 8)
  const argument = safeU64le(bytes, 16)
  const count = safeU64le(bytes, 24)
  if (jump === null || argument === null || count === null || count > MAX_CHECKS) return null
  if (bytes.length < HEADER + CHECK * count) return null
  const checks: { range: Range; sha256: string }[] = []
  for (let i = 0; i < count; i++) {
    const at = HEADER + CHECK * i
    const start = safeU64le(bytes, at)
    const size = safeU64le(bytes, at + 8)
    if (start === null || size === null || size === 0) return null
    const digest = [...bytes.subarray(at + 16, at + CHECK)]
      .map((b) => b.toString(16).padStart(2, '0'))
      .join('')
    checks.push({ range: rangeOfSize(start, size), sha256: digest })
  }
  return { jump, argument, checks }
}

/** The first range whose bytes are not what the purgatory expects, or null where all are. */
export function firstWrongDigest(purgatory: Purgatory, memory: Memory, sha256: Sha256): Range | null {
  return (
    purgatory.checks.find((check) => digestOf(memory, check.range, sha256) !== check.sha256)?.range ?? null
  )
}

/** Most bytes that a purgatory may need, to read one at an address that may hold none. */
export const PURGATORY_READ = HEADER + CHECK * MAX_CHECKS
