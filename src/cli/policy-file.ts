import { randomBytes } from 'node:crypto'
import { SEGMENT_KINDS, type SegmentKind } from '../planner/names.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { DEFAULT_POLICY, ON_BROKEN, type Growth, type PinPolicy } from '../planner/pin/policy.ts'
import type { PlanRequest } from '../planner/plan/plan-request.ts'
import { wholeFile, type InputError } from './input-error.ts'
import { readJsonFile } from './json-file.ts'

/** How pins are kept, and what random places are drawn by. */
export type GivenPolicy = Required<Pick<PlanRequest, 'policy'>> & Pick<PlanRequest, 'randomSeed'>

/** The last three say which boots and snapshots the service goes by: here the command line does. */
const RULES = [
  'on_broken',
  'headroom',
  'random',
  'remember_boots',
  'keep_snapshots',
  'snapshot_max_age_seconds',
]
const SEED_BYTES = 16

interface Random {
  readonly kinds: readonly SegmentKind[]
  readonly seed: string
}

/**
 * Reads a policy: what a plan shows as `inputs.policy`, or the rules of a policy. Rules have no seed: each run
 * draws one, as the service does for each plan.
 *
 * Errors: what is no JSON with line and column; a rule at fault by its name.
 */
export function readPolicyFile(path: string): Result<GivenPolicy, InputError> {
  const read = readJsonFile(path)
  if (!read.ok) return read
  const wrong = (expected: string, found: unknown) =>
    err(wholeFile('bad-policy', path, expected, (JSON.stringify(found) ?? 'nothing').slice(0, 80)))
  const json = read.value
  if (!isObject(json)) return wrong("a plan's `inputs.policy`, or the rules of a policy", json)
  const unknown = Object.keys(json).find((name) => !RULES.includes(name))
  if (unknown !== undefined) return wrong(`rules among ${RULES.join(', ')}`, unknown)
  const { on_broken, headroom: rooms = {}, random: drawn = [] } = json
  const onBroken = on_broken === undefined ? DEFAULT_POLICY.onBroken : ON_BROKEN.find((w) => w === on_broken)
  if (!onBroken) return wrong(`on_broken as one of ${ON_BROKEN.join(', ')}`, on_broken)
  const headroom = headroomIn(rooms)
  if (!headroom) return wrong('headroom as {percent, bytes} for kinds of segments', rooms)
  const random = randomIn(drawn)
  if (!random) return wrong('random as a list of kinds, or as {kinds, seed}', drawn)
  const policy: PinPolicy = { onBroken, headroom, random: random.kinds }
  return ok({ policy, ...(random.kinds.length > 0 ? { randomSeed: random.seed } : {}) })
}

function headroomIn(json: unknown): PinPolicy['headroom'] | null {
  if (!isObject(json)) return null
  const out: Partial<Record<SegmentKind, Growth>> = {}
  for (const [name, growth] of Object.entries(json)) {
    const kind = SEGMENT_KINDS.find((known) => known === name)
    if (!kind || !isObject(growth)) return null
    const { percent, bytes, ...more } = growth
    const grows = typeof percent === 'number' && percent >= 0 && Number.isSafeInteger(bytes)
    if (!grows || (bytes as number) < 0 || Object.keys(more).length > 0) return null
    out[kind] = { percent, bytes: bytes as number }
  }
  return out
}

function randomIn(json: unknown): Random | null {
  if (Array.isArray(json)) return randomOf(json, randomBytes(SEED_BYTES).toString('hex'))
  if (!isObject(json)) return null
  const { kinds, seed } = json
  return Array.isArray(kinds) && typeof seed === 'string' ? randomOf(kinds, seed) : null
}

function randomOf(names: readonly unknown[], seed: string): Random | null {
  const kinds = names.flatMap((name) => SEGMENT_KINDS.filter((kind) => kind === name))
  return kinds.length === names.length ? { kinds, seed } : null
}

function isObject(json: unknown): json is { readonly [field: string]: unknown } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
