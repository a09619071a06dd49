import { toldIn, type AuditEntry as AuditRow } from '../store/audit.ts'
import type { BootEntry as BootEntryRow } from '../store/boot-entries.ts'
import type { Host as HostRow } from '../store/hosts.ts'
import type { ApiKey } from '../store/keys.ts'
import type { Pin as PinRow, PinChange as PinChangeRow } from '../store/pins.ts'
import type { PlanState as PlanStateRow } from '../store/plan-states.ts'
import type { Policy as PolicyRow, PolicyVersion as PolicyVersionRow } from '../store/policies.ts'
import type { Plan as PlanRow } from '../store/plans.ts'
import type { LightSnapshot } from '../store/snapshots.ts'
import type { TimelineEvent as TimelineRow } from '../store/timeline.ts'
import type { EnrollmentToken } from '../store/tokens.ts'
import type { AuditEntry } from '../wire/audit.ts'
import type { BootEntry } from '../wire/boot-entry.ts'
import type { Host, TimelineEvent, Token } from '../wire/host.ts'
import type { Key, Role } from '../wire/key.ts'
import type { Pin, PinChange, PinSet } from '../wire/pin.ts'
import type { Landing, PlanState, PlanStateName } from '../wire/plan.ts'
import type { Policy, PolicyRules, PolicyVersion } from '../wire/policy.ts'
import type { Finding, Judged, Snapshot, SnapshotSummary } from '../wire/snapshot.ts'

export function presentHost(row: HostRow): Host {
  return {
    id: row.id,
    machine_id: row.machineId,
    hostname: row.hostname,
    arch: row.arch as Host['arch'],
    hardware_model: row.hardwareModel,
    group: row.group,
    labels: row.labels,
    state: row.state as Host['state'],
    state_reason: row.stateReason,
    opt_out:
      row.optOutAt === null ? null : { reason: row.optOutReason ?? '', since: row.optOutAt.toISOString() },
    reboot_mode: row.rebootMode === null ? null : (JSON.parse(row.rebootMode) as Host['reboot_mode']),
    kernel_release: row.release,
    certificate: row.certificate,
    booted_plan: row.bootedPlanId,
    created_at: row.createdAt.toISOString(),
  }
}

export function presentToken(row: EnrollmentToken): Token {
  return {
    id: row.id,
    group: row.group,
    uses: row.uses,
    uses_left: row.usesLeft,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  }
}

export function presentKey(row: ApiKey): Key {
  return {
    id: row.id,
    role: row.role as Role,
    name: row.name,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
  }
}

export function presentSnapshot(row: LightSnapshot): Snapshot {
  return {
    id: row.id,
    host: row.hostId,
    boot_id: row.bootId,
    memory_digest: row.memoryDigest,
    created_at: row.createdAt.toISOString(),
    summary: JSON.parse(row.summary) as SnapshotSummary,
    findings: JSON.parse(row.findings) as Finding[],
    landing: row.landing === null ? null : (JSON.parse(row.landing) as Judged),
  }
}

export function presentBootEntry(row: BootEntryRow): BootEntry {
  const { linuxSha256, linuxSize, linuxHeader, initrdSha256, initrdSize } = row
  return {
    id: row.id,
    title: row.title,
    version: row.version,
    architecture: row.architecture as BootEntry['architecture'],
    linux: { sha256: linuxSha256, size: linuxSize, header: Buffer.from(linuxHeader).toString('base64') },
    initrd: initrdSha256 === null || initrdSize === null ? null : { sha256: initrdSha256, size: initrdSize },
    options: row.options,
    devicetree: devicetreeOf(row),
    created_at: row.createdAt.toISOString(),
  }
}

function devicetreeOf({ devicetree, devicetreeSha256 }: BootEntryRow): BootEntry['devicetree'] {
  if (!devicetree || devicetreeSha256 === null) return null
  const data = Buffer.from(devicetree).toString('base64')
  return { sha256: devicetreeSha256, size: devicetree.length, data }
}

/** A plan as JSON text: the body goes out in the very bytes that its digest covers. */
export function planJson(row: PlanRow): string {
  const { id, hostId, snapshotId, bootEntryId, digest } = row
  const created_at = row.createdAt.toISOString()
  const head = { id, host: hostId, snapshot: snapshotId, boot_entry: bootEntryId, created_at, digest }
  return withBody(head, row.body)
}

/** Puts a plan's bytes behind the other fields of an object. */
export function withBody(head: object, body: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"body":${body}}`
}

export function presentPlanState(row: PlanStateRow): PlanState {
  return {
    plan: row.planId,
    host: row.hostId,
    state: row.state as PlanStateName,
    since: row.since.toISOString(),
    detail: row.detail,
    boot_id: row.bootId,
    segments: row.segments === null ? null : (JSON.parse(row.segments) as PlanState['segments']),
    landing: row.landing === null ? null : (JSON.parse(row.landing) as Landing),
  }
}

export function presentPinSet(host: HostRow, pins: readonly PinRow[]): PinSet {
  return {
    host: host.id,
    generation: host.pinGeneration,
    items: pins.map((pin) => ({
      purpose: pin.purpose as Pin['purpose'],
      kind: pin.kind as Pin['kind'],
      mem: pin.mem,
      room: pin.room,
      reason: pin.reason,
      set_at: pin.setAt.toISOString(),
      set_by: pin.setBy,
      loose: pin.loose,
    })),
  }
}

export function presentPinChange(row: PinChangeRow): PinChange {
  return {
    id: row.id,
    generation: row.generation,
    at: row.at.toISOString(),
    by: row.by,
    purpose: row.purpose as PinChange['purpose'],
    kind: row.kind as PinChange['kind'],
    change: row.change as PinChange['change'],
    mem: row.mem,
    room: row.room,
    reason: row.reason,
  }
}

export function presentPolicy({ scope, rules, generation, reason, setAt, setBy }: PolicyRow): Policy {
  return {
    scope: scope as Policy['scope'],
    rules: JSON.parse(rules) as PolicyRules,
    generation,
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}

export function presentPolicyVersion({ rules, ...row }: PolicyVersionRow): PolicyVersion {
  const { scope, generation, reason, setAt, setBy } = row
  return {
    scope: scope as Policy['scope'],
    rules: rules === null ? null : (JSON.parse(rules) as PolicyRules),
    generation,
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}

export function presentTimelineEvent({ id, at, kind, detail, plan, snapshot }: TimelineRow): TimelineEvent {
  return { id, at: at.toISOString(), kind, detail, plan, snapshot }
}

export function presentAuditEntry(row: AuditRow): AuditEntry {
  const { seq, id, actor, action, target, requestId: request_id, prevHash: prev_hash, hash } = row
  const detail = toldIn(row.detail)
  return { seq, id, at: row.at.toISOString(), actor, action, target, detail, request_id, prev_hash, hash }
}
