import { PURPOSES, SEGMENT_KINDS } from '../planner/names.ts'
import { MAX_PHYS_ADDR } from '../planner/bytes/phys-addr.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import type { Pin } from '../planner/pin/pin.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readJsonFile } from './json-file.ts'
import { wireAddress } from './wire-address.ts'

const WANTED = 'a list of pins, or an object that holds one as `items` or `pins`'
const FIELDS: readonly (keyof Pin)[] = ['purpose', 'kind', 'mem', 'room', 'reason']

/**
 * Reads pins: a JSON list of them, or an object that holds the list as `items`, as the service answers, or as `pins`.
 *
 * Errors: what is no JSON with line and column; a pin at fault by its place in the list.
 */
export function readPinsFile(path: string): Result<readonly Pin[], InputError> {
  const read = readJsonFile(path)
  if (!read.ok) return read
  const json = read.value
  const list = Array.isArray(json) ? json : listIn(json)
  if (!Array.isArray(list)) return err(wholeFile('bad-pins', path, WANTED, JSON.stringify(json).slice(0, 80)))
  const pins: Pin[] = []
  for (const [i, candidate] of list.entries()) {
    const wrong = wrongWith(candidate)
    if (wrong)
      return err(wholeFile('bad-pins', path, wrong, `pin ${i}: ${JSON.stringify(candidate).slice(0, 80)}`))
    const { purpose, kind, mem, room, reason, loose } = candidate as Pin
    const twin = pins.findIndex((pin) => pin.purpose === purpose && pin.kind === kind)
    if (twin >= 0)
      return err(wholeFile('bad-pins', path, 'one pin a purpose and kind', `pins ${twin} and ${i}`))
    pins.push({ purpose, kind, mem, room, reason, ...(loose ? { loose } : {}) })
  }
  return ok(pins)
}

function listIn(json: unknown): unknown {
  const { items, pins } = (json ?? {}) as { items?: unknown; pins?: unknown }
  return items ?? pins
}

/** What a pin lacks, as the words after "expected"; null where it lacks nothing. */
function wrongWith(candidate: unknown): string | null {
  if (typeof candidate !== 'object' || candidate === null) return `an object with ${FIELDS.join(', ')}`
  const { purpose, kind, mem, room, reason, loose } = candidate as { [field in keyof Pin]?: unknown }
  if (!PURPOSES.some((name) => name === purpose)) return `a purpose: ${PURPOSES.join(' or ')}`
  if (!SEGMENT_KINDS.some((name) => name === kind)) return `a kind: one of ${SEGMENT_KINDS.join(', ')}`
  const start = wireAddress(mem)
  if (start === null) return 'mem as lowercase hex below 2^53'
  if (typeof room !== 'number' || !Number.isSafeInteger(room) || room < 1) return 'room in bytes, at least 1'
  if (room - 1 > MAX_PHYS_ADDR - start) return 'mem and room that end below 2^53'
  if (typeof reason !== 'string') return 'a reason as text'
  if (loose !== undefined && typeof loose !== 'boolean') return 'loose as true or false'
  return null
}
