import type { HoleHost, WhatIfHost, WhatIfSummary } from '../../wire/what-if.ts'

type Line = WhatIfHost | HoleHost
type Worst = WhatIfSummary['summary']['worst']

/** Counts lines while they go out; nothing of them is kept but the worst. */
export function whatIfSummary(selected: readonly string[] = []) {
  const counts = new Map<Line['verdict'], number>()
  const without = new Set(selected)
  let hosts = 0
  let worst: Worst = null
  const of = (verdict: Line['verdict']) => counts.get(verdict) ?? 0
  const common = () => ({
    hosts,
    no_snapshot: of('no-snapshot'),
    errors: of('error'),
    worst,
    not_selected: [...without],
  })
  return {
    add(line: Line): void {
      const { host, hostname, verdict } = line
      hosts++
      without.delete(host)
      counts.set(verdict, of(verdict) + 1)
      const short_by = shortOf(line)
      if (short_by > (worst?.short_by ?? 0)) worst = { host, hostname, short_by }
    },
    ofImage: (assumptions: { code: string; detail: string }[]): WhatIfSummary => ({
      summary: {
        ...common(),
        fits: of('fits'),
        moves: of('moves'),
        places: of('places'),
        refuses: of('refuses'),
        other_arch: of('other-arch'),
        assumptions,
      },
    }),
    ofHole: (): WhatIfSummary => ({ summary: { ...common(), has: of('has'), has_not: of('has-not') } }),
  }
}

function shortOf(line: Line): number {
  return ('today' in line ? line.today?.short_by : line.refusal?.short_by) ?? 0
}
