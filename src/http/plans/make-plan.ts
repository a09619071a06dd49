import { pinsOf, planLoad, planText, type Pin, type PlanBody, type PlanRequest } from '../../planner/index.ts'
import type { BootEntry } from '../../store/boot-entries.ts'
import type { Host } from '../../store/hosts.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Pin as PinRow } from '../../store/pins.ts'
import type { Plan } from '../../store/plans.ts'
import { changePins } from '../pins/change-pins.ts'
import { effectivePolicy, type Effective } from '../pins/pin-policy.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { keepPlan } from './keep-plan.ts'
import {
  bootedSegments,
  NOTHING_ASKED,
  pinGrounds,
  planGrounds,
  type Asked,
  type Seen,
} from './plan-grounds.ts'
import { sha256 } from '../sha256.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import type { Writing } from '../write.ts'

export interface Wanted {
  readonly bootEntry: BootEntry
  readonly purpose: PlanBody['purpose']
  readonly strategy: PlanBody['strategy']
  /** Null: the host's newest. */
  readonly snapshotId: string | null
  /** Facts and exceptions, judged as of `at`; none where left out. */
  readonly asked?: Asked
  /** The snapshot, where who asks has just stored it. */
  readonly seen?: Seen | null
}

export interface Computed {
  readonly snapshotId: string
  readonly body: PlanBody
  readonly text: string
  readonly digest: string
  readonly pins: readonly Pin[]
  /** Of those the host's own, as they stand. */
  readonly own: readonly PinRow[]
}

/** A request for the planner, made of stored rows. */
export interface Asking {
  readonly snapshotId: string
  /** When the host posted that snapshot last. */
  readonly seenAt: Date
  /** The policy that holds for the host. */
  readonly effective: Effective
  /** The host's own pins, as they stand. */
  readonly own: readonly PinRow[]
  readonly request: PlanRequest
}

/**
 * Puts together what the planner is asked.
 *
 * Errors: `no-snapshot` when the host has posted none, `not-found` for a snapshot that is not its own.
 */
export async function readRequest(rows: Rows, host: Host, wanted: Wanted): Promise<Asking> {
  const { bootEntry, purpose, strategy, asked = NOTHING_ASKED } = wanted
  const seen = wanted.seen ?? (await look(rows, host, wanted.snapshotId))
  const { row, snapshot, effective } = seen
  const release = snapshot.release.text
  const own = await rows.pins.of(host.id)
  const request: PlanRequest = {
    snapshot,
    kernel: { head: bootEntry.linuxHeader, size: bootEntry.linuxSize },
    initrdSize: bootEntry.initrdSize,
    cmdline: bootEntry.options,
    purpose,
    strategy,
    booted: seen.booted ?? (await bootedSegments(rows, row.bootedPlanId)),
    arch: bootEntry.architecture as 'arm64' | 'x86_64',
    ...(await pinGrounds(rows, host, { ...seen, own, onBroken: asked.onBroken })),
    ...(await planGrounds(rows, host, { bootEntry, asked, release })),
  }
  return { snapshotId: row.id, seenAt: row.seenAt ?? row.createdAt, effective, own, request }
}

async function look(rows: Rows, host: Host, id: string | null): Promise<Seen> {
  const row = id ? await rows.snapshots.withFiles(host.id, id) : await rows.snapshots.newest(host.id)
  if (!row && id) throw notFound('snapshot of this host')
  if (!row) throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
  return { row, snapshot: await storedSnapshot(rows, row), effective: await effectivePolicy(rows, host) }
}

/**
 * Computes a plan from stored rows and stores nothing.
 *
 * Errors: those of `readRequest`, `snapshot-too-old` where policy wants a newer one, and whatever the planner refuses, with its evidence.
 */
export async function computePlan(
  rows: Rows,
  host: Host,
  { at, ...wanted }: Wanted & { readonly at: Date },
): Promise<Computed> {
  const asking = await readRequest(rows, host, wanted)
  mustBeFresh(asking, at)
  const { snapshotId, own, request } = asking
  const plan = planLoad(request, sha256)
  if (!plan.ok) throw new RequestFailed(plan.error)
  const text = planText(plan.value)
  return { snapshotId, body: plan.value, text, digest: sha256(text), pins: request.pins, own }
}

/** Errors: `snapshot-too-old`. */
function mustBeFresh({ seenAt, effective }: Asking, at: Date): void {
  const { value: most, from } = effective.snapshot_max_age_seconds
  const age = Math.floor((at.getTime() - seenAt.getTime()) / 1000)
  if (most === null || age <= most) return
  const posted = `the host posted this snapshot last at ${seenAt.toISOString()}, ${age} seconds ago`
  throw new RequestFailed({
    code: 'snapshot-too-old',
    detail: `${posted}; its policy, set by the ${from}, wants one of the last ${most}`,
  })
}

/** Computes a plan, stores it, and keeps the pins that it leaves behind, all in the caller's transaction. */
export async function makePlan(writing: Writing, host: Host, wanted: Wanted): Promise<Plan> {
  const { rows, at } = writing
  const { purpose, strategy, bootEntry } = wanted
  const computed = await computePlan(rows, host, { ...wanted, at })
  const plan = await keepPlan(
    writing,
    {
      ...{ hostId: host.id, snapshotId: computed.snapshotId, bootEntryId: bootEntry.id },
      ...{ purpose, strategy, digest: computed.digest, body: computed.text },
    },
    `${strategy} ${purpose}`,
  )
  const { exceptions = [] } = computed.body
  for (const { kind: of, policy, approver } of exceptions) {
    const detail = `${of} by ${approver}, ${policy}`
    const used = { id: newId('ev', at), hostId: host.id, at, kind: 'exception-used', detail }
    await rows.timeline.append({ ...used, plan: plan.id, snapshot: computed.snapshotId })
  }
  await writing.audit('plan.create', plan.id, {
    host: host.id,
    digest: plan.digest,
    boot_entry: bootEntry.id,
    ...(exceptions.length > 0 ? { exceptions } : {}),
  })
  if (strategy === 'pinned') {
    await changePins(writing, host, {
      before: computed.own,
      to: pinsOf(computed.body, computed.pins),
      by: plan.id,
      body: computed.body,
    })
  }
  return plan
}
