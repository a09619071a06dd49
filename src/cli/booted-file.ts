import { MAX_PHYS_ADDR } from '../planner/bytes/phys-addr.ts'
import { rangeOfSize, type Range } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readJsonFile } from './json-file.ts'
import { wireAddress } from './wire-address.ts'

/**
 * Reads where a plan put its segments: a plan as `berth plan` prints it, or as the service answers.
 *
 * Errors: what is no JSON with line and column; a segment at fault by its place in the list.
 */
export function readBootedFile(path: string): Result<readonly Range[], InputError> {
  const read = readJsonFile(path)
  if (!read.ok) return read
  const { body, segments = bodySegments(body) } = (read.value ?? {}) as { body?: unknown; segments?: unknown }
  if (!Array.isArray(segments)) {
    const found = JSON.stringify(read.value).slice(0, 80)
    return err(wholeFile('bad-plan', path, "a plan, or the service's answer with one as `body`", found))
  }
  const booted: Range[] = []
  for (const [i, segment] of (segments as readonly unknown[]).entries()) {
    const filled = filledBy(segment)
    if (!filled) {
      const found = `segment ${i}: ${JSON.stringify(segment).slice(0, 80)}`
      return err(wholeFile('bad-plan', path, 'mem as lowercase hex and memsz in bytes, below 2^53', found))
    }
    booted.push(filled)
  }
  return ok(booted)
}

function bodySegments(body: unknown): unknown {
  return ((body ?? {}) as { segments?: unknown }).segments
}

function filledBy(segment: unknown): Range | null {
  const { mem, memsz } = (segment ?? {}) as { mem?: unknown; memsz?: unknown }
  const start = wireAddress(mem)
  if (start === null || typeof memsz !== 'number' || !Number.isSafeInteger(memsz) || memsz < 1) return null
  return memsz - 1 <= MAX_PHYS_ADDR - start ? rangeOfSize(start, memsz) : null
}
