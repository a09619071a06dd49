import { randomBytes } from 'node:crypto'
import {
  hardwareText,
  physAddr,
  readFacts,
  readFdt,
  type BootGround,
  type Exception,
  type Facts,
  type OnBroken,
  type Pin,
  type PlanBody,
  type PlanRequest,
  type Range,
  type Snapshot,
} from '../../planner/index.ts'
import type { BootEntry } from '../../store/boot-entries.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Pin as PinRow } from '../../store/pins.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { plannerPolicy, type Effective } from '../pins/pin-policy.ts'
import { sha256 } from '../sha256.ts'

/** What a plan may go by beside snapshot, image and pins. */
export interface Asked {
  readonly facts: Facts
  /** Ids of the exceptions that it may use. */
  readonly exceptions: readonly string[]
  /** In place of what policy says. */
  readonly onBroken?: OnBroken | undefined
  /** What has ended by then cannot be used. */
  readonly at: Date
}

/** A snapshot of a host, and the policy that holds for it. */
export interface Seen {
  readonly row: Pick<
    SnapshotRow,
    'id' | 'hostId' | 'bootId' | 'fingerprint' | 'bootedPlanId' | 'createdAt' | 'seenAt'
  >
  readonly snapshot: Snapshot
  readonly effective: Effective
  /** The segments of the plan that booted it, where somebody has read them. */
  readonly booted?: readonly Range[]
}

export const NOTHING_ASKED: Asked = { facts: {}, exceptions: [], at: new Date(0) }

/** Facts that were checked at the edge. */
export function factsOf(wire: object | undefined): Facts {
  const facts = readFacts(wire ?? {})
  if (!facts.ok) throw new Error(`${facts.error.pointer} was checked`)
  return facts.value
}

/**
 * The grounds of a plan, from stored rows: facts as asked, what a trial load has taught the host's group
 * about this release, the boot entry's device tree, and the exceptions asked for.
 *
 * Errors: `not-found` for an exception that is not this host's, `exception-expired`.
 */
export async function planGrounds(
  rows: Rows,
  host: Host,
  { bootEntry, asked, release }: { bootEntry: BootEntry; asked: Asked; release: string },
): Promise<Pick<PlanRequest, 'facts' | 'calibration' | 'devicetree' | 'exceptions'>> {
  const exceptions = await exceptionsOf(rows, host, asked)
  const calibrated =
    host.group && (await rows.calibrations.get({ group: host.group, arch: host.arch, release }))
  const tree = bootEntry.devicetree && readFdt(bootEntry.devicetree)
  if (tree && !tree.ok) throw new Error('a stored device tree was read before')
  return {
    facts: asked.facts,
    ...(calibrated
      ? { calibration: { rules: calibrated.rules, facts: factsOf(JSON.parse(calibrated.facts) as object) } }
      : {}),
    ...(tree ? { devicetree: tree.value } : {}),
    ...(exceptions.length > 0 ? { exceptions } : {}),
  }
}

const SEED_BYTES = 16

interface Own {
  /** The host's own pins. */
  readonly own: readonly PinRow[]
  readonly onBroken?: OnBroken | undefined
}

/**
 * What a pinned plan goes by: the host's pins and those that its group has for kinds without one, policy, the
 * remembered boots, and a new seed where policy places anything at random.
 */
export async function pinGrounds(
  rows: Rows,
  host: Host,
  { row, snapshot, effective, own, onBroken }: Seen & Own,
): Promise<Pick<PlanRequest, 'pins' | 'policy' | 'history' | 'randomSeed'>> {
  const policy = plannerPolicy(effective, onBroken)
  const boots = effective.remember_boots.value
  return {
    pins: await pinsFor(rows, host, own),
    policy,
    history: await rememberedGrounds(rows, row, { snapshot, boots }),
    ...(policy.random.length > 0 ? { randomSeed: randomBytes(SEED_BYTES).toString('hex') } : {}),
  }
}

/** The ground of so many other boots of the hardware that a snapshot shows, newest first. */
export function rememberedGrounds(
  rows: Rows,
  row: Pick<SnapshotRow, 'hostId' | 'bootId' | 'fingerprint'>,
  { snapshot, boots }: { snapshot: Snapshot; boots: number },
): Promise<BootGround[]> {
  const fingerprint = row.fingerprint || sha256(hardwareText(snapshot))
  return rows.snapshots.remembered(row, { fingerprint, boots })
}

/** The segments of the plan that booted a kernel; none where no plan did. */
export async function bootedSegments(rows: Rows, planId: string | null): Promise<Range[]> {
  const plan = planId === null ? null : await rows.plans.get(planId)
  const { segments } = plan ? (JSON.parse(plan.body) as PlanBody) : { segments: [] }
  return segments.map(({ mem, memsz }) => ({
    start: physAddr(Number(mem)),
    last: physAddr(Number(mem) + memsz - 1),
  }))
}

async function pinsFor(rows: Rows, { group }: Host, pins: readonly PinRow[]): Promise<Pin[]> {
  const own = pins.map(plannerPin)
  const shared = await groupsPins(rows, group)
  return [...own, ...shared.filter((p) => !own.some((o) => o.purpose === p.purpose && o.kind === p.kind))]
}

/** What a host of a group has that has no pins of its own. */
export async function groupsPins(rows: Rows, group: string | null): Promise<Pin[]> {
  const shared = group === null ? [] : await rows.groupPins.of(group)
  return shared.map((p) => plannerPin({ ...p, loose: false, reason: `of the group: ${p.reason}` }))
}

function plannerPin({
  purpose,
  kind,
  mem,
  room,
  reason,
  loose,
}: Pick<PinRow, 'purpose' | 'kind' | 'mem' | 'room' | 'reason' | 'loose'>): Pin {
  const pin = { purpose: purpose as Pin['purpose'], kind: kind as Pin['kind'], mem, room, reason }
  return loose ? { ...pin, loose } : pin
}

/** Holds a plan back that uses an exception which ran out since it was made. */
export function mustNotHaveExpired(body: PlanBody, at: Date): void {
  for (const { kind, expires_at } of body.exceptions ?? []) {
    if (new Date(expires_at) <= at) throw expired(kind, expires_at)
  }
}

async function exceptionsOf(
  rows: Rows,
  host: Host,
  { exceptions: ids, at }: Asked,
): Promise<readonly Exception[]> {
  const out: Exception[] = []
  for (const id of new Set(ids)) {
    const row = await rows.exceptions.get(id)
    const isHosts = row && (row.hostId === host.id || (row.group !== null && row.group === host.group))
    if (!isHosts) throw notFound('exception for this host')
    const expires_at = row.expiresAt.toISOString()
    if (row.expiresAt <= at) throw expired(row.kind, expires_at)
    const { policy, approver, reason } = row
    out.push({ kind: row.kind as Exception['kind'], policy, approver, reason, expires_at })
  }
  return out
}

function expired(kind: string, when: string): RequestFailed {
  return new RequestFailed({
    code: 'exception-expired',
    detail: `the exception for ${kind} ended at ${when}`,
  })
}
