import { hex } from '../bytes/phys-addr.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import type { Assumption } from './plan-body.ts'
import type { PlanRequest } from './plan-request.ts'

/** Hazards that the plan does not avoid: the kernel's own choice keeps the kernel's own mistakes. */
export function warningsOf(request: PlanRequest, segments: readonly Segment[], map: MemoryMap): Assumption[] {
  const placed = segments.map((s) => ({ kind: s.kind, range: rangeOf(s) }))
  const hit = (named: MemoryMap['hazards'], code: string) =>
    named.flatMap(({ range: { start, last }, why }) =>
      placed
        .filter((s) => s.range.start <= last && start <= s.range.last)
        .map(({ kind }) => ({ code, detail: `the ${kind} lies over ${hex(start)}-${hex(last)}: ${why}` })),
    )
  return [
    ...hit(map.hazards, 'lpi-unreserved'),
    ...hit(map.protected, 'over-protected'),
    ...leftBehind(request),
  ]
}

/** What the way of loading cannot take along, though the request speaks of it. */
function leftBehind({ strategy, purpose, facts = {}, devicetree }: PlanRequest): Assumption[] {
  const out: Assumption[] = []
  const warn = (code: string, detail: string) => out.push({ code, detail })
  const own = strategy === 'kexec_file'
  if (purpose === 'reboot' && !own && (facts.khoScratch ?? []).length > 0) {
    warn('handover-lost', 'kexec handover goes through kexec_file_load alone: this load hands nothing over')
  }
  if (purpose === 'reboot' && !own && (facts.imaSize ?? 0) > 0) {
    warn('measurements-lost', 'IMA hands on its measurements through kexec_file_load alone')
  }
  if (own && devicetree) {
    warn('devicetree-ignored', "kexec_file_load edits the running kernel's device tree and takes no other")
  }
  return out
}
