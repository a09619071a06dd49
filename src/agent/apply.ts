import type { KexecImage, LoadedSegment } from '../machine/index.ts'
import {
  planText,
  type CaptureFiles,
  type FirmwarePlan,
  type PlanBody,
  type Result,
} from '../planner/index.ts'
import type { Report } from '../wire/plan.ts'
import { firmwarePlan, mayGoByFirmware, modeOf } from './by-firmware.ts'
import { failed, type AgentFailure } from './failure.ts'
import { lastMoment, type HandedOut } from './handed-out.ts'
import { differenceFrom, toldSegments } from './held.ts'
import type { HookStage } from './hooks.ts'
import type { ImageSource } from './images.ts'
import type { Journal, JournalPhase } from './journal.ts'
import type { KexecBackend } from './kexec-backend.ts'
import { prepare } from './prepare.ts'
import { sha256 } from './sha256.ts'
import type { Verified } from './verify.ts'
import type { OnStep } from './steps.ts'

/** Everything that applying a plan touches. */
export interface ApplyWith {
  readonly backend: KexecBackend
  readonly capture: () => Promise<CaptureFiles>
  readonly images: ImageSource
  readonly journal: Journal
  /** Whether it is from this host's service, and new. */
  readonly verify: (assignment: HandedOut) => Promise<Result<Verified, AgentFailure>>
  /** Keeps a report and sends it; an error where the service has not taken it. */
  readonly report: (report: Report) => Promise<Result<null, AgentFailure>>
  /** Runs what the host's owner wants run at a stage. */
  readonly hooks?: (stage: HookStage) => Promise<Result<null, AgentFailure>>
  /** Why the host must not be rebooted now. */
  readonly blocked?: () => Promise<string | null>
  /** Whether a hook is there that takes the power away. */
  readonly canPowerCycle?: () => Promise<boolean>
  /** Whether somebody wants the agent to end. */
  readonly stopped?: () => boolean
  /** Units: milliseconds since 1970. */
  readonly now?: () => number
  readonly step?: OnStep
}

/**
 * How far it came. `refused` and `failed` were reported, and nothing is loaded any more; of `crashed` no
 * agent can tell the service: the next boot's snapshot does.
 */
export type Applied =
  | { readonly outcome: 'jumped' }
  | { readonly outcome: 'refused' | 'failed' | 'crashed'; readonly because: AgentFailure }

/**
 * Applies an assigned plan: looks again, loads, checks what was loaded, says so, and jumps. Where the plan is to go
 * through firmware nothing is loaded; all else is the same.
 *
 * A plan that was begun before, that comes too late, that was made of another boot or of other memory, or whose
 * bytes are not what its digest says is refused before anything is loaded. What the backend holds is compared
 * with the plan; what differs is unloaded. Whatever cannot be taken back is written down before it is done.
 */
export async function applyPlan(assignment: HandedOut, given: ApplyWith): Promise<Applied> {
  const { backend, journal, now = Date.now } = given
  const step: OnStep = given.step ?? (() => {})
  const last = lastMoment(assignment, now())
  const bootId = bootIdIn(await given.capture())
  const { plan, boot_entry } = assignment
  const firmware = firmwarePlan(assignment)
  const nonce = assignment.nonce ?? plan.id
  const verified = await given.verify(assignment)
  // What nobody has signed uses nothing up.
  const taken = verified.ok ? { nonce, host: verified.value.host, serial: verified.value.serial } : {}
  const base = {
    plan: plan.id,
    boot_id: bootId,
    ...taken,
    ...(firmware && { mode: firmware.mode }),
    ...(assignment.post_boot && { post_boot: true }),
  }
  const write = (phase: JournalPhase): Promise<void> => journal.write({ ...base, phase })

  const end = async (outcome: 'refused' | 'failed', because: AgentFailure): Promise<Applied> => {
    const detail = `${because.code}: ${because.detail}`
    // The spool is the first to know: what is only in the journal nobody would tell.
    await given.report({ plan: plan.id, phase: outcome, boot_id: bootId, detail })
    await write(outcome)
    await step('outcome-written')
    return { outcome, because }
  }
  const drop = async (because: AgentFailure): Promise<Applied> => {
    await backend.unload()
    return end('failed', because)
  }
  /** What may have changed since the plan was handed out, and can change any time. */
  const hindrance = async (): Promise<AgentFailure | null> => {
    if (last !== null && now() > last)
      return { code: 'too-late', detail: `not to be applied after ${assignment.not_after}` }
    const reason = (await given.blocked?.()) ?? null
    if (reason !== null) return { code: 'blocked', detail: reason }
    return given.stopped?.() ? { code: 'stopped', detail: 'the agent was told to end' } : null
  }

  /** Loads, and looks at what was loaded; null where it is as planned and the service knows of it. */
  const load = async (image: KexecImage): Promise<Applied | null> => {
    await write('loading')
    await step('load-written')
    const loaded = await backend.load(image)
    if (!loaded.ok) {
      const { code, detail } = loaded.error
      return end('failed', { code: 'load-refused', detail: `${code}: ${detail}` })
    }
    await step('load-returned')
    const held = await backend.loaded()
    const difference = differenceFrom(plan.body as PlanBody, image, held)
    if (difference !== null) return drop({ code: 'loaded-differs', detail: difference })
    await step('load-compared')

    await write('loaded')
    await step('loaded-written')
    const said = await given.report(loadedReport(base, held ?? []))
    // Who does not know that this host is about to jump cannot tell a landing from a crash.
    if (!said.ok) return drop(said.error)
    await step('loaded-reported')
    return null
  }

  if (!verified.ok) return end('refused', verified.error)
  if (sha256(planText(plan.body as PlanBody | FirmwarePlan)) !== plan.digest)
    return end('refused', { code: 'tampered-plan', detail: 'the digest is not that of the body' })
  if (assignment.reboot_mode !== undefined && assignment.reboot_mode !== modeOf(assignment))
    return end('refused', {
      code: 'tampered-plan',
      detail: `to go by ${assignment.reboot_mode}, and planned otherwise`,
    })
  if (await journal.used(nonce))
    return end('refused', { code: 'replayed-plan', detail: 'it was begun before' })
  await write('begun')
  await step('nonce-recorded')
  const files = await given.capture()
  const { canPowerCycle = async () => false } = given
  const ready = await (firmware
    ? mayGoByFirmware(firmware, assignment, { files, canPowerCycle })
    : prepare(assignment, files, given.images))
  if (!ready.ok) return end('refused', ready.error)
  await step('snapshot-compared')
  const before = (await hindrance()) ?? (await hookFailure(given, 'pre-load')) ?? (await hindrance())
  if (before) return end('refused', before)
  await step('pre-load-hooks-run')

  const ended = ready.value && (await load(ready.value))
  if (ended) return ended
  const after = (await hookFailure(given, 'pre-exec')) ?? (await hindrance())
  if (after) return drop(after)
  await step('pre-exec-hooks-run')

  await write('executing')
  await step('executing-written')
  const announced = await given.report({ plan: plan.id, phase: 'executing', boot_id: bootId })
  if (!announced.ok) return drop(announced.error)
  await step('executing-reported')
  // Hooks and reports take their time, and a service that was away may have answered late.
  const atLast = await hindrance()
  if (atLast && atLast.code !== 'stopped') return drop(atLast)
  if (firmware?.mode === 'powercycle') {
    const kept = await hookFailure(given, 'power-cycle')
    if (kept) return drop(kept)
    await step('power-cycle-hooks-run')
  }
  await step(firmware ? 'reboot-called' : 'exec-called')
  const jumped = await (firmware
    ? backend.reboot(firmware.mode, firmware.expected)
    : backend.exec(boot_entry.version))
  if (jumped.ok) return { outcome: 'jumped' }
  const { code, detail } = jumped.error
  const because = failed('did-not-boot', `${code}: ${detail}`).error
  const isSameBoot = bootIdIn(await given.capture()) === bootId
  return isSameBoot ? drop(because) : { outcome: 'crashed', because }
}

export function bootIdIn(files: CaptureFiles): string {
  return (files['boot-id'] ?? '').trim()
}

async function hookFailure({ hooks }: ApplyWith, stage: HookStage): Promise<AgentFailure | null> {
  const run = await hooks?.(stage)
  return run && !run.ok ? run.error : null
}

function loadedReport(of: { plan: string; boot_id: string }, held: readonly LoadedSegment[]): Report {
  const segments = toldSegments(held)
  return { plan: of.plan, boot_id: of.boot_id, phase: 'loaded', ...(segments && { segments }) }
}
