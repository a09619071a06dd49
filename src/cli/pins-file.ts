import { PURPOSES, SEGMENT_KINDS } from '../planner/names.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import type { Pin } from '../planner/pin/pin.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readJsonFile } from './json-file.ts'

const FIELDS: readonly (keyof Pin)[] = ['purpose', 'kind', 'mem', 'room', 'reason']

/**
 * Reads pins: a JSON list of them, or an object that holds the list as `pins`, as the service answers.
 *
 * Errors: what is no JSON with line and column; a pin at fault by its place in the list.
 */
export function readPinsFile(path: string): Result<readonly Pin[], InputError> {
  const read = readJsonFile(path)
  if (!read.ok) return read
  const json = read.value
  const list = Array.isArray(json) ? json : (json as { pins?: unknown } | null)?.pins
  if (!Array.isArray(list)) return err(wholeFile('bad-pins', path, 'a list of pins', typeof json))
  const pins: Pin[] = []
  for (const [i, candidate] of list.entries()) {
    const wrong = wrongWith(candidate)
    if (wrong)
      return err(wholeFile('bad-pins', path, wrong, `pin ${i}: ${JSON.stringify(candidate).slice(0, 80)}`))
    const { purpose, kind, mem, room, reason } = candidate as Pin
    const twin = pins.findIndex((pin) => pin.purpose === purpose && pin.kind === kind)
    if (twin >= 0)
      return err(wholeFile('bad-pins', path, 'one pin a purpose and kind', `pins ${twin} and ${i}`))
    pins.push({ purpose, kind, mem, room, reason })
  }
  return ok(pins)
}

/** What a pin lacks, as the words after "expected"; null where it lacks nothing. */
function wrongWith(candidate: unknown): string | null {
  if (typeof candidate !== 'object' || candidate === null) return `an object with ${FIELDS.join(', ')}`
  const { purpose, kind, mem, room, reason } = candidate as { [field in keyof Pin]?: unknown }
  if (!PURPOSES.some((name) => name === purpose)) return `a purpose: ${PURPOSES.join(' or ')}`
  if (!SEGMENT_KINDS.some((name) => name === kind)) return `a kind: one of ${SEGMENT_KINDS.join(', ')}`
  const isAddress =
    typeof mem === 'string' && /^0x(0|[1-9a-f][0-9a-f]*)$/.test(mem) && Number.isSafeInteger(Number(mem))
  if (!isAddress) return 'mem as lowercase hex below 2^53'
  if (typeof room !== 'number' || !Number.isSafeInteger(room) || room < 1) return 'room in bytes, at least 1'
  if (typeof reason !== 'string') return 'a reason as text'
  return null
}
