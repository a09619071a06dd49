import { sizeOf } from './share.ts'
import { DEFAULT_WAVES, type RolloutSpec } from './spec.ts'

export interface OrderedHost {
  readonly host: string
  /** The value of the failure domain's label; null where the host has none. */
  readonly domain: string | null
}

/**
 * The waves in which hosts will go: the preview, and what a rollout is started with.
 *
 * The same hosts give the same order, however they are listed. With so many hosts a domain, the domains take
 * turns, so that no wave is all of one rack. With one domain at a time they follow one another, so that a
 * wave has few of them and its hosts can go together. Within a wave whoever asks first goes first.
 */
export function orderOf(
  spec: Pick<RolloutSpec, 'waves' | 'failureDomain'>,
  hosts: readonly OrderedHost[],
): readonly (readonly OrderedHost[])[] {
  const ordered = inOrder(spec.failureDomain, hosts)
  const waves: OrderedHost[][] = []
  let taken = 0
  for (const share of spec.waves.length === 0 ? DEFAULT_WAVES : spec.waves) {
    if (taken >= ordered.length) break
    const size = sizeOf(share, ordered.length)
    waves.push(ordered.slice(taken, taken + size))
    taken += size
  }
  if (taken < ordered.length) waves.push(ordered.slice(taken))
  return waves
}

function inOrder(rule: RolloutSpec['failureDomain'], hosts: readonly OrderedHost[]): OrderedHost[] {
  const byName = [...hosts].sort((a, b) => compare(a.host, b.host))
  if (rule === null) return byName
  const domains = [...new Set(byName.map((h) => h.domain))].sort(lastNull)
  const rows = domains.map((domain) => byName.filter((h) => h.domain === domain))
  return rule.perDomain === null ? rows.flat() : interleaved(rows)
}

/** The first of each row, then the second of each, until all are dealt. */
function interleaved(rows: readonly (readonly OrderedHost[])[]): OrderedHost[] {
  const longest = Math.max(0, ...rows.map((row) => row.length))
  const turns = Array.from({ length: longest }, (_, turn) => rows.flatMap((row) => row[turn] ?? []))
  return turns.flat()
}

/** Code units, not a language's order: it is the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function lastNull(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return compare(a, b)
}
