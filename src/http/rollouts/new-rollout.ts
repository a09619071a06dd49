import { draft, enlist, type Recruit } from '../../rollout/enlist.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Rollout as RolloutRow } from '../../store/rollouts.ts'
import type { RolloutPreview } from '../../wire/rollout.ts'
import type { NewRollout } from '../../wire/rollout-spec.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { coreSpec } from './rollout-spec.ts'
import { memberProgress, NO_HOLDS, readHolds, rolloutProgress, type Holds } from './rollout-state.ts'
import { selectHosts } from '../hosts/select-hosts.ts'
import type { Writing } from '../write.ts'

/** More hosts than one decision could look at in good time. */
const MOST_HOSTS = 20_000

/** The hosts that a selector means now, with names for people. */
export interface Recruited {
  readonly recruits: readonly Recruit[]
  readonly names: ReadonlyMap<string, string>
}

/**
 * Resolves a rollout's selector.
 *
 * Errors: `not-found` for a boot entry that isn't there, `invalid-input` when no host or too many match, or when
 * a host is of another architecture than the boot entry.
 */
export async function recruit(rows: Rows, spec: NewRollout, at: Date): Promise<Recruited> {
  const entry = await rows.bootEntries.get(spec.boot_entry)
  if (!entry) throw notFound('boot entry')
  const fallback = spec.fallback_entry === null ? null : await rows.bootEntries.get(spec.fallback_entry)
  if (spec.fallback_entry !== null && fallback?.architecture !== entry.architecture)
    throw wrong('/fallback_entry', `no boot entry of ${entry.architecture}`)
  const label = spec.failure_domain?.label
  const holds = await readHolds(rows, at)
  const names = new Map<string, string>()
  const recruits: Recruit[] = []
  for await (const host of selectHosts(rows, spec.selector)) {
    if (host.arch !== entry.architecture)
      throw wrongSelector(`${host.id} is ${host.arch}, the boot entry is for ${entry.architecture}`)
    const domain = label === undefined ? null : (host.labels[label] ?? null)
    recruits.push({ host: host.id, domain, ...(holds.get(host.id) ?? NO_HOLDS) })
    names.set(host.id, host.hostname)
    if (recruits.length > MOST_HOSTS) throw wrongSelector(`more than ${MOST_HOSTS} hosts: split the rollout`)
  }
  if (recruits.length === 0) throw wrongSelector('no host matches')
  return { recruits, names }
}

/** The order in which hosts would go. */
export function previewOf(spec: NewRollout, { recruits, names }: Recruited): RolloutPreview {
  const members = enlist(coreSpec(spec), recruits, 0)
  const waves = [...new Set(members.map((m) => m.wave))]
  return {
    hosts: members.length,
    waves: waves.map((wave) => ({
      wave: wave + 1,
      hosts: members
        .filter((m) => m.wave === wave)
        .map((member) => ({
          host: member.host,
          hostname: names.get(member.host) ?? '',
          domain: member.domain,
          held: heldBy(member),
        })),
    })),
  }
}

function heldBy({ quarantined, optedOut, preflight }: Holds): string | null {
  if (quarantined) return `in quarantine: ${quarantined.because}`
  if (optedOut) return `opted out: ${optedOut.because}`
  return preflight && `its kernel would refuse the load: ${preflight.because}`
}

/** Stores a rollout as a draft, with its members in the order of the preview. */
export async function createRollout(
  { rows, at, actor, audit }: Writing,
  spec: NewRollout,
  { recruits }: Recruited,
): Promise<RolloutRow> {
  const id = newId('roll', at)
  const row = await rows.rollouts.insert({
    ...{ id, name: spec.name, author: actor, spec: JSON.stringify(spec) },
    ...{ bootEntryId: spec.boot_entry, pool: spec.pool },
    ...rolloutProgress(draft(id, actor, at.getTime())),
    createdAt: at,
    revision: 0,
  })
  const members = enlist(coreSpec(spec), recruits, at.getTime())
  await rows.rolloutMembers.insert(
    members.map((member, place) => ({
      ...{ rolloutId: id, hostId: member.host, place, wave: member.wave, domain: member.domain },
      ...memberProgress(member),
    })),
  )
  await audit('rollout.create', id, { name: spec.name, hosts: members.length, boot_entry: spec.boot_entry })
  return row
}

function wrongSelector(detail: string): RequestFailed {
  return wrong('/selector', detail)
}

function wrong(pointer: string, detail: string): RequestFailed {
  return new RequestFailed({ code: 'invalid-input', errors: [{ pointer, code: 'invalid', detail }] })
}
