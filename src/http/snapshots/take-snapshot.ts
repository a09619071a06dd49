import {
  bookable,
  bootGround,
  findingsOf,
  hardwareText,
  loadRefusal,
  memoryMap,
  memoryDigest,
  readSnapshot,
  type Snapshot,
} from '../../planner/index.ts'
import { newId } from '../../store/new-id.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Posting, PostingOf } from '../../store/postings.ts'
import { groundText, type LightSnapshot } from '../../store/snapshots.ts'
import { wireRange } from '../../wire/diff.ts'
import type { Finding, NewSnapshot, SnapshotFiles, SnapshotSummary } from '../../wire/snapshot.ts'
import { RequestFailed } from '../failure.ts'
import { judgePlan, JUDGED } from '../plans/judge-plan.ts'
import { effectiveOf, effectivePolicy } from '../pins/pin-policy.ts'
import { bootedSegments, type Seen } from '../plans/plan-grounds.ts'
import { kindOf, packedToStay, packLikely, type Packable, type Packing } from './pack-snapshot.ts'
import { MAY_RETURN } from '../rollouts/rollout-life.ts'
import { retainSnapshots } from './retain-snapshots.ts'
import { captureFiles } from './stored-snapshot.ts'
import { sha256 } from '../sha256.ts'
import type { Writing } from '../write.ts'

/** A posted snapshot, read and ready to be stored. */
export interface Taken {
  readonly snapshot: Snapshot
  readonly bootId: string
  readonly memoryDigest: string
  /** Of what firmware says there is. */
  readonly fingerprint: string
  readonly files: Packable
  /** As they are packed most likely. */
  readonly packing: Packing | null
  readonly findings: readonly Finding[]
  /** Why its kernel would refuse the agent's load; null where nothing is known that speaks against it. */
  readonly loadRefusal: string | null
  readonly summary: SnapshotSummary
}

/** An agent hands the kernel the plan's addresses, which only this call takes. */
const AGENTS_LOAD = { loader: 'kexec_load', signed: null } as const

/**
 * Reads what a host posted; all of this lies before the transaction, since it costs the most.
 *
 * Errors: `bad-snapshot` with every line that could not be read.
 */
export async function takeSnapshot(rows: Rows, { boot_id, files }: NewSnapshot): Promise<Taken> {
  const kept: SnapshotFiles = { ...files, 'boot-id': `${boot_id}\n` }
  const read = readSnapshot(captureFiles(kept))
  if (!read.ok) throw new RequestFailed({ code: 'bad-snapshot', errors: read.error })
  const snapshot = read.value
  const { arch, release, cmdline, pageSize: page_size } = snapshot
  const strict = bookable(memoryMap(snapshot), 'strict')
  const refusal = loadRefusal(snapshot, AGENTS_LOAD)
  const packable = { kind: kindOf(snapshot, kept), files: kept }
  const bookable_bytes = strict.reduce((sum, r) => sum + r.last - r.start + 1, 0)
  return {
    snapshot,
    bootId: boot_id,
    memoryDigest: memoryDigest(snapshot, sha256),
    fingerprint: sha256(hardwareText(snapshot)),
    files: packable,
    packing: await packLikely(rows, packable),
    findings: [
      ...findingsOf(snapshot).map((f) => ({ ...f, ranges: f.ranges.map(wireRange) })),
      ...(refusal === null ? [] : [loadRefused(refusal)]),
    ],
    loadRefusal: refusal,
    summary: {
      arch,
      release: release.text,
      cmdline,
      page_size,
      files: Object.keys(kept).sort(),
      bookable_bytes,
    },
  }
}

/** A snapshot that is the host's newest now. */
export interface Stored {
  readonly row: LightSnapshot
  readonly isNew: boolean
  /** What is known of a new one, so that nobody has to read it again; null for one that was there. */
  readonly seen: Seen | null
}

/** What a snapshot of a host is stored by; null where there is no such host. */
export function postingOf(
  { postings }: Rows,
  host: PostingOf['host'],
  { memoryDigest, bootId }: Taken,
): Promise<Posting | null> {
  return postings.of({ host, memoryDigest, bootId, planStates: JUDGED, memberStates: MAY_RETURN })
}

/**
 * Stores a snapshot as the host's newest, judges the plan that was in flight by it, and forgets old snapshots.
 *
 * Errors: `arch-mismatch` when it is of another architecture than the host.
 */
export async function storeSnapshot(writing: Writing, posting: Posting, taken: Taken): Promise<Stored> {
  const { rows, at } = writing
  const { host, same, before } = posting
  rows.audit.endsWith(posting.end)
  const { snapshot, bootId, memoryDigest, fingerprint, findings, packing: tried } = taken
  mustBeOf(host, taken)
  await keepWhatRuns(writing, host, taken)
  if (same) {
    await rows.snapshots.seenAgain(same, at, before)
    return { row: same, isNew: false, seen: null }
  }
  const id = newId('snap', at)
  const summary: SnapshotSummary = {
    ...taken.summary,
    ...(before?.fingerprint ? { hardware_changed: before.fingerprint !== fingerprint } : {}),
  }
  const { landing, bootedPlanId } = await judgePlan(writing, {
    posting,
    snapshotId: id,
    after: snapshot,
  })
  const booted = await bootedSegments(rows, bootedPlanId)
  const stored = {
    id,
    hostId: host.id,
    bootId,
    memoryDigest,
    createdAt: at,
    ...(await packedToStay(rows, taken.files, { tried, before, at })),
    findings: JSON.stringify(findings),
    summary: JSON.stringify(summary),
    landing: landing && JSON.stringify(landing),
    bootedPlanId,
    fingerprint,
    ground: groundText(bootGround(snapshot, booted)),
  }
  const row = await rows.snapshots.insert(stored, before)
  if (bootedPlanId !== host.bootedPlanId) await rows.hosts.update(host.id, { bootedPlanId })
  const detail = `boot ${bootId}, kernel ${summary.release}, ${findings.length} findings`
  const event = { hostId: host.id, at, plan: null, snapshot: id }
  const events = [{ ...event, id: newId('ev', at), kind: 'snapshot', detail }]
  if (summary.hardware_changed) {
    const detail = "firmware's map is another than in the snapshot before"
    events.push({ ...event, id: newId('ev', at), kind: 'hardware-changed', detail })
  }
  await rows.timeline.append(...events)
  await writing.audit('snapshot.create', id, { host: host.id, memory_digest: memoryDigest })
  const effective = posting.hasPolicy ? await effectivePolicy(rows, host) : effectiveOf(host, [])
  await retainSnapshots(writing, posting, effective)
  return { row, isNew: true, seen: { row: { ...stored, seenAt: at }, snapshot, effective, booted } }
}

/** Errors: `arch-mismatch`. */
export function mustBeOf({ arch }: Host, { snapshot }: Taken): void {
  if (snapshot.arch === arch) return
  const detail = `the host enrolled as ${arch}, the snapshot is of ${snapshot.arch}`
  throw new RequestFailed({ code: 'arch-mismatch', detail })
}

function loadRefused(sentence: string): Finding {
  return {
    code: 'load-refused',
    severity: 'error',
    ranges: [],
    sentence: `The kernel would refuse a load: ${sentence}.`,
  }
}

/** Also of a boot and memory that are known: an operator may have switched kexec off since. */
async function keepWhatRuns(
  { rows, at }: Writing,
  host: Host,
  { loadRefusal, summary: { release } }: Taken,
): Promise<void> {
  const isOther = loadRefusal !== host.loadRefusal
  if (!isOther && release === host.release) return
  const loadRefusalSince = loadRefusal === null ? null : (host.loadRefusalSince ?? at)
  await rows.hosts.update(host.id, { release, ...(isOther && { loadRefusal, loadRefusalSince }) })
  if (isOther) await rows.rollouts.touchStarted()
}
