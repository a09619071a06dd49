import {
  readFacts,
  readFdt,
  type Exception,
  type Facts,
  type PlanBody,
  type PlanRequest,
} from '../planner/index.ts'
import type { BootEntry } from '../store/boot-entries.ts'
import type { Host } from '../store/hosts.ts'
import type { Rows } from '../store/open-store.ts'
import { notFound, RequestFailed } from './failure.ts'

/** What a plan may go by beside snapshot, image and pins. */
export interface Asked {
  readonly facts: Facts
  /** Ids of the exceptions that it may use. */
  readonly exceptions: readonly string[]
  /** What has ended by then cannot be used. */
  readonly at: Date
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
