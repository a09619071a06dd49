/** What was said and answered in a run, and what therefore has to be stored at its end. */
export interface Ledger {
  faults: number
  requests: number
  doubleGrants: number
  /** Marks of writes that were answered with success. */
  readonly acknowledged: Set<string>
  /** Marks of writes that came whole, and whose answer nobody heard. */
  readonly possible: Set<string>
  readonly wrong: string[]
}

export function newLedger(): Ledger {
  return { faults: 0, requests: 0, doubleGrants: 0, acknowledged: new Set(), possible: new Set(), wrong: [] }
}

/** Holds what is stored, by its marks, against what was answered. */
export function settled(
  { acknowledged, possible }: Pick<Ledger, 'acknowledged' | 'possible'>,
  stored: readonly string[],
): { readonly lost: readonly string[]; readonly wrong: readonly string[] } {
  const counts = new Map<string, number>()
  for (const mark of stored) counts.set(mark, (counts.get(mark) ?? 0) + 1)
  const wrong = [...counts].flatMap(([mark, count]) => {
    if (!acknowledged.has(mark) && !possible.has(mark))
      return [`${mark} is stored, and nobody asked for it whole`]
    return count === 1 ? [] : [`${mark} is stored ${count} times`]
  })
  return { lost: [...acknowledged].filter((mark) => !counts.has(mark)), wrong }
}
