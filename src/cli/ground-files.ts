import { err, ok, type Result } from '../planner/bytes/result.ts'
import { EXCEPTION_KINDS, type Exception } from '../planner/plan/exception.ts'
import { readFacts, type Facts } from '../planner/plan/facts.ts'
import type { PlanRequest } from '../planner/plan/plan-request.ts'
import { readFdt, type Fdt } from '../planner/read/fdt.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readBytesFile, readJsonFile } from './json-file.ts'
import type { PlanOptions } from './plan-options.ts'

/** What a plan goes by beside capture, image and pins. */
export type Grounds = Pick<PlanRequest, 'facts' | 'calibration' | 'devicetree' | 'exceptions'>

const RULES = /^(arm64|x86_64)\/[0-9]{1,4}\.[0-9]{1,5}$/

/**
 * Reads the files that say what a plan goes by: facts, calibration, device tree and exceptions.
 *
 * Errors: of each file that is wrong; an exception that has ended by `now` is wrong.
 */
export function readGrounds(options: PlanOptions, now: Date): Result<Grounds, readonly InputError[]> {
  const errors: InputError[] = []
  const read = <T>(path: string | null, reader: (path: string) => Result<T, InputError>): T | null => {
    const result = path === null ? null : reader(path)
    if (result && !result.ok) errors.push(result.error)
    return result?.ok ? result.value : null
  }
  const facts = read(options.factsFile, factsFile)
  const calibration = read(options.calibration, calibrationFile)
  const devicetree = read(options.devicetree, devicetreeFile)
  const exceptions = read(options.exceptions, (path) => exceptionsFile(path, now))
  const given = readFacts(options.facts)
  if (!given.ok) throw new Error(`${given.error.pointer} was checked`)
  if (errors.length > 0) return err(errors)
  return ok({
    facts: { ...facts, ...given.value },
    ...(calibration ? { calibration } : {}),
    ...(devicetree ? { devicetree } : {}),
    ...(exceptions ? { exceptions } : {}),
  })
}

function factsFile(path: string): Result<Facts, InputError> {
  const json = readJsonFile(path)
  return json.ok ? factsIn(path, json.value, '') : json
}

function factsIn(path: string, json: unknown, at: string): Result<Facts, InputError> {
  const facts = readFacts(json)
  if (facts.ok) return facts
  const { pointer, expected } = facts.error
  return err(wholeFile('bad-facts', path, expected, `something else at ${at}${pointer || '/'}`))
}

/** The output of `berth calibrate`, or what the service keeps of it. */
function calibrationFile(path: string): Result<NonNullable<PlanRequest['calibration']>, InputError> {
  const json = readJsonFile(path)
  if (!json.ok) return json
  const { rules, facts, confirmed } = (json.value ?? {}) as { [field: string]: unknown }
  if (typeof rules !== 'string' || !RULES.test(rules)) {
    return err(wholeFile('bad-calibration', path, 'rules such as x86_64/6.8', String(rules).slice(0, 80)))
  }
  if (confirmed === false) {
    return err(wholeFile('bad-calibration', path, 'a calibration that was confirmed', 'confirmed: false'))
  }
  const read = factsIn(path, facts ?? {}, '/facts')
  return read.ok ? ok({ rules, facts: read.value }) : read
}

function devicetreeFile(path: string): Result<Fdt, InputError> {
  const bytes = readBytesFile(path)
  if (!bytes.ok) return bytes
  const read = readFdt(new Uint8Array(bytes.value))
  if (read.ok) return read
  const { code, line, column, expected, found } = read.error
  return err({ code, file: path, line, column, expected, found })
}

function exceptionsFile(path: string, now: Date): Result<readonly Exception[], InputError> {
  const json = readJsonFile(path)
  if (!json.ok) return json
  if (!Array.isArray(json.value))
    return err(wholeFile('bad-exceptions', path, 'a list of exceptions', typeof json.value))
  const out: Exception[] = []
  for (const [i, each] of (json.value as readonly unknown[]).entries()) {
    const { kind, policy, approver, reason, expires_at } = (each ?? {}) as { [field: string]: unknown }
    const wrong = (expected: string, found: unknown) =>
      err(wholeFile('bad-exceptions', path, expected, `exception ${i}: ${String(found).slice(0, 80)}`))
    const known = EXCEPTION_KINDS.find((name) => name === kind)
    if (!known) return wrong(`a kind of ${EXCEPTION_KINDS.join(', ')}`, kind)
    if (!isText(policy) || !isText(approver) || !isText(reason)) {
      return wrong('policy, approver and reason', JSON.stringify({ policy, approver, reason }))
    }
    const end = typeof expires_at === 'string' ? new Date(expires_at) : new Date(NaN)
    if (Number.isNaN(end.getTime())) return wrong('expires_at as RFC 3339', expires_at)
    if (end <= now) {
      return err(
        wholeFile(
          'exception-expired',
          path,
          'an exception that has not ended',
          `exception ${i}: ${end.toISOString()}`,
        ),
      )
    }
    out.push({ kind: known, policy, approver, reason, expires_at: end.toISOString() })
  }
  return ok(out)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
