import type { ArchName, SegmentKind } from '../names.ts'
import { hex } from '../bytes/phys-addr.ts'
import type { Result } from '../bytes/result.ts'
import { wireFacts, type Facts, type WireFacts } from '../plan/facts.ts'
import type { PlanBody } from '../plan/plan-body.ts'
import type { PlanFailure } from '../plan/plan-failure.ts'
import { planLoad } from '../plan/plan-load.ts'
import type { PlanRequest, Sha256 } from '../plan/plan-request.ts'
import { rulesToTry } from '../rules/kernel-rules.ts'
import type { LoggedLoad, LoggedSegment } from './debug-lines.ts'

/** Where the rules say other than what the kernel did. */
export interface Difference {
  /** By load order; null where the rules refuse the load as a whole. */
  readonly segment: number | null
  readonly kind: SegmentKind | null
  readonly field: 'mem' | 'bufsz' | 'memsz' | 'kind' | 'count' | 'load'
  /** What the rules say: hex for an address, else as it is. */
  readonly expected: string
  readonly found: string
  /** Of the debug lines, counted from 1; null where none is at fault. */
  readonly line: number | null
}

/** What one trial load has taught about a release, in wire form. */
export interface Calibration {
  readonly arch: ArchName
  readonly release: string
  /** The rules that explain the load; the release's own where none does. */
  readonly rules: string
  /** What is known for certain from now on. */
  readonly facts: WireFacts
  readonly confirmed: boolean
  /** What the release's own rules say otherwise: empty where they are confirmed. */
  readonly differences: readonly Difference[]
}

/**
 * Compares a trial load, as the kernel logged it, with what the rules say. The rules of the release are
 * tried first, then those of every other era: vendors back-port.
 *
 * `trial` is the load as it was asked for; its strategy and rules do not matter. Sizes that nothing tells
 * are taken from the log: the purgatory, and whether seeds went into the device tree.
 *
 * Errors: those of `planLoad`, where the trial cannot be planned under any rules for a reason that is no
 * matter of rules.
 */
export function calibrate(
  trial: PlanRequest,
  logged: LoggedLoad,
  sha256: Sha256,
): Result<Calibration, PlanFailure> {
  const { snapshot } = trial
  const { arch, release } = snapshot
  const tries = rulesToTry(arch, release).flatMap((rules) =>
    factsToTry(trial, logged).map((facts) => ({ rules, facts })),
  )
  let own: { readonly facts: Facts; readonly differences: readonly Difference[] } | null = null
  const [first] = tries
  for (const { rules, facts } of tries) {
    const { calibration: _, ...rest } = trial
    const plan = planLoad(
      { ...rest, strategy: 'kexec_file', rules, facts: { ...trial.facts, ...facts } },
      sha256,
    )
    if (!plan.ok && plan.error.code !== 'no-hole') return plan
    const differences = plan.ok ? differencesOf(plan.value, logged) : [refused(plan.error.detail)]
    if (differences.length === 0) {
      const told = rules === first?.rules ? [] : (own?.differences ?? [])
      return found({ arch, release: release.text, rules, facts, confirmed: true, differences: told })
    }
    // Of the ways to read the facts the one that explains most is told.
    if (rules === first?.rules && (!own || differences.length < own.differences.length)) {
      own = { facts, differences }
    }
  }
  const rules = first?.rules as string
  return found({
    arch,
    release: release.text,
    rules,
    facts: {},
    confirmed: false,
    differences: own?.differences ?? [],
  })
}

function found(c: Omit<Calibration, 'facts'> & { readonly facts: Facts }): { ok: true; value: Calibration } {
  const { arch, release, rules, facts, confirmed, differences } = c
  return { ok: true, value: { arch, release, rules, facts: wireFacts(facts) ?? {}, confirmed, differences } }
}

/** What the log itself tells, and both ways to go on where it does not. */
function factsToTry(trial: PlanRequest, logged: LoggedLoad): Facts[] {
  if (trial.snapshot.arch === 'x86_64') {
    const purgatory = logged.segments.find((s) => logged.named.get(s.mem) === 'purgatory')
    return [purgatory ? { purgatorySize: purgatory.memsz } : {}]
  }
  const given = trial.facts?.seeds
  return given === undefined ? [{ seeds: true }, { seeds: false }] : [{ seeds: given }]
}

function differencesOf(plan: PlanBody, { segments, named }: LoggedLoad): Difference[] {
  const out: Difference[] = []
  for (let i = 0; i < Math.max(plan.segments.length, segments.length); i++) {
    const want = plan.segments[i]
    const got = segments[i]
    if (!want || !got) {
      const count = { expected: `${plan.segments.length} segments`, found: `${segments.length}` }
      out.push({ segment: i, kind: want?.kind ?? null, field: 'count', ...count, line: got?.line ?? null })
      break
    }
    const called = named.get(got.mem)
    const told = (field: Difference['field'], expected: string, found: string) =>
      out.push({ segment: i, kind: want.kind, field, expected, found, line: got.line })
    if (called && called !== want.kind) told('kind', want.kind, called)
    for (const [field, expected, found] of fieldsOf(want, got))
      if (expected !== found) told(field, expected, found)
  }
  return out
}

function fieldsOf(
  want: PlanBody['segments'][number],
  got: LoggedSegment,
): readonly (readonly [Difference['field'], string, string])[] {
  return [
    ['mem', want.mem, hex(got.mem)],
    ['bufsz', `${want.bufsz}`, `${got.bufsz}`],
    ['memsz', `${want.memsz}`, `${got.memsz}`],
  ]
}

function refused(detail: string): Difference {
  return { segment: null, kind: null, field: 'load', expected: detail, found: 'a load', line: null }
}
