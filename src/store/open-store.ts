import { auditRows, type AuditRows } from './audit.ts'
import { bootEntryRows, type BootEntryRows } from './boot-entries.ts'
import { calibrationRows, type CalibrationRows } from './calibrations.ts'
import { chainOlder } from './chain-audit.ts'
import { eventRows, type EventRows } from './events.ts'
import { exceptionRows, type ExceptionRows } from './exceptions.ts'
import { fleetRows, type FleetRows } from './fleet.ts'
import { fleetlockRows, type FleetlockRows } from './fleetlock.ts'
import { groupPinRows, type GroupPinRows } from './group-pins.ts'
import { healthResultRows, type HealthResultRows } from './health-results.ts'
import { hostRows, type HostRows } from './hosts.ts'
import { idempotencyRows, type IdempotencyRows } from './idempotency.ts'
import { keyRows, type KeyRows } from './keys.ts'
import { leaseRows, type LeaseRows } from './leases.ts'
import { membersKept, withinTransaction, type MembersKept } from './members-read.ts'
import { pauseRows, type PauseRows } from './pauses.ts'
import { pinRows, type PinRows } from './pins.ts'
import { planStateRows, type PlanStateRows } from './plan-states.ts'
import { planRows, type PlanRows } from './plans.ts'
import { postingRows, type PostingRows } from './postings.ts'
import { policyRows, type PolicyRows } from './policies.ts'
import { openPostgresql } from './postgresql/open.ts'
import { writing } from './writing.ts'
import { rebootDurationRows, type RebootDurationRows } from './reboot-durations.ts'
import { rebootRuleRows, type RebootRuleRows } from './reboot-rules.ts'
import { rolloutEventRows, type RolloutEventRows } from './rollout-events.ts'
import { rolloutMemberRows, type RolloutMemberRows } from './rollout-members.ts'
import { rolloutRows, type RolloutRows } from './rollouts.ts'
import { sessionRows, type SessionRows } from './sessions.ts'
import { basesKept, snapshotBasisRows, type BasesKept, type SnapshotBasisRows } from './snapshot-bases.ts'
import { snapshotRows, type SnapshotRows } from './snapshots.ts'
import { openSqlite } from './sqlite/open.ts'
import { standingRows, type StandingRows } from './standing.ts'
import { tallyRows, type TallyRows } from './tallies.ts'
import { timelineRows, type TimelineRows } from './timeline.ts'
import { tokenRows, type TokenRows } from './tokens.ts'
import { webhookDeliveryRows, type WebhookDeliveryRows } from './webhook-deliveries.ts'
import { webhookRows, type WebhookRows } from './webhooks.ts'
import { isPostgresql } from './database-url.ts'
import type { Database } from './database.ts'
import type { Db } from './db.ts'
import type { Sql } from './sql.ts'

/** Every table by its noun. Inside `write` all of them speak for the one transaction. */
export interface Rows {
  readonly hosts: HostRows
  readonly snapshots: SnapshotRows
  readonly postings: PostingRows
  readonly snapshotBases: SnapshotBasisRows
  readonly bootEntries: BootEntryRows
  readonly plans: PlanRows
  readonly planStates: PlanStateRows
  readonly pins: PinRows
  readonly groupPins: GroupPinRows
  readonly policies: PolicyRows
  readonly pauses: PauseRows
  readonly calibrations: CalibrationRows
  readonly exceptions: ExceptionRows
  readonly rollouts: RolloutRows
  readonly rolloutEvents: RolloutEventRows
  readonly rolloutMembers: RolloutMemberRows
  readonly leases: LeaseRows
  readonly fleetlock: FleetlockRows
  readonly healthResults: HealthResultRows
  readonly rebootDurations: RebootDurationRows
  readonly rebootRules: RebootRuleRows
  readonly standing: StandingRows
  readonly tallies: TallyRows
  readonly timeline: TimelineRows
  readonly events: EventRows
  readonly fleet: FleetRows
  readonly audit: AuditRows
  readonly keys: KeyRows
  readonly sessions: SessionRows
  readonly tokens: TokenRows
  readonly webhooks: WebhookRows
  readonly webhookDeliveries: WebhookDeliveryRows
  readonly idempotency: IdempotencyRows
}

export interface Store extends Rows {
  /**
   * Runs `work` in one transaction; writers follow one another, in this process and across processes.
   * `told`: hosts whose agents are to be woken by other processes too, asked at the end of it.
   */
  write<T>(work: (rows: Rows) => Promise<T>, told?: () => readonly string[]): Promise<T>
  /** Calls `heard` for what other processes have committed, where the database tells. */
  readonly onForeignWrite: Database['onForeignWrite']
  /**
   * Looks whether the database can be read, and after a write has failed whether it can be written again.
   * Errors: rejects as whoever asks it for something would be.
   */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the database, brings it to this release's schema, and hands out its rows.
 *
 * `url`: `file:` for SQLite, `postgresql:` for what several replicas share.
 *
 * Errors: throws when the database cannot be opened or a migration does not apply.
 */
export async function openStore(url: string): Promise<Store> {
  const database = await (isPostgresql(url) ? openPostgresql(url) : openSqlite(url))
  try {
    await chainOlder(database)
    return storeOver(database)
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The rows of a database that is open. */
export function storeOver(database: Database): Store {
  const [members, bases] = [membersKept(), basesKept()]
  const rows = rowsOver(database.client, database.sql, { members, bases })
  const own = writing(database, (tx, sql) =>
    rowsOver(tx, sql, { members: withinTransaction(members), bases }),
  )
  return {
    ...rows,
    ...own,
    audit: { ...rows.audit, append: (entry) => own.write(({ audit }) => audit.append(entry)) },
    onForeignWrite: database.onForeignWrite,
    close: database.close,
  }
}

/** What is remembered of rows that were read. */
interface Kept {
  readonly members: MembersKept
  readonly bases: BasesKept
}

function rowsOver(db: Db, sql: Sql, { members, bases }: Kept): Rows {
  return {
    hosts: hostRows(db, sql),
    snapshots: snapshotRows(db, sql),
    postings: postingRows(db, sql),
    snapshotBases: snapshotBasisRows(db, sql, bases),
    bootEntries: bootEntryRows(db, sql),
    plans: planRows(db, sql),
    planStates: planStateRows(db, sql),
    pins: pinRows(db, sql),
    groupPins: groupPinRows(db, sql),
    policies: policyRows(db, sql),
    pauses: pauseRows(db),
    calibrations: calibrationRows(db, sql),
    exceptions: exceptionRows(db),
    rollouts: rolloutRows(db, sql),
    rolloutEvents: rolloutEventRows(db),
    rolloutMembers: rolloutMemberRows(db, members),
    leases: leaseRows(db),
    fleetlock: fleetlockRows(db),
    healthResults: healthResultRows(db),
    rebootDurations: rebootDurationRows(db),
    rebootRules: rebootRuleRows(db),
    standing: standingRows(sql),
    tallies: tallyRows(db),
    timeline: timelineRows(db, sql),
    events: eventRows(db),
    fleet: fleetRows(db),
    audit: auditRows(db, sql),
    keys: keyRows(db, sql),
    sessions: sessionRows(db),
    tokens: tokenRows(db),
    webhooks: webhookRows(db),
    webhookDeliveries: webhookDeliveryRows(db),
    idempotency: idempotencyRows(db, sql),
  }
}
