import { inBoth, rangeOfSize, subtract, type Range } from '../bytes/range.ts'
import type { Finding, FindingCode } from '../memory/findings.ts'
import type { MemoryMap, NamedRange } from '../memory/memory-map.ts'
import { LOADER } from './closed.ts'
import type { PlanBody } from './plan-body.ts'

/**
 * What these plans would book that their loaders must not: memory that hardware still writes to, that
 * the next kernel needs whole, that memblock reserves, or that the kernel was told to leave. A loader
 * would really do it: kexec asks nobody.
 */
export function planFindings(plans: readonly PlanBody[], map: MemoryMap): Finding[] {
  return plans.flatMap((plan) => [
    ...over(plan, 'plan-over-hazard', 'error', map.hazards, 'hardware goes on writing there'),
    ...over(plan, 'plan-over-protected', 'error', map.protected, 'the next kernel needs it whole'),
    ...over(plan, 'plan-over-reserved', 'warning', reserved(map), 'only memblock knows'),
    ...over(plan, 'plan-over-left-ram', 'warning', leftAlone(map), 'RAM by the firmware map alone'),
  ])
}

function over(
  plan: PlanBody,
  code: FindingCode,
  severity: Finding['severity'],
  named: readonly NamedRange[],
  what: string,
): Finding[] {
  return plan.segments.flatMap((s) => {
    const own = [rangeOfSize(Number(s.mem), s.memsz)]
    const hit = named.filter((n) => inBoth(own, [n.range]).length > 0)
    if (hit.length === 0) return []
    const ranges = inBoth(
      own,
      hit.map((n) => n.range),
    )
    const why = [...new Set(hit.map((n) => n.why))].join(', ')
    const sentence = `${LOADER[plan.strategy]} would put the ${s.kind} over memory that it must leave: ${what} (${why}).`
    return [{ code, severity, ranges, sentence }]
  })
}

/** Reserved by memblock alone: what iomem shows too, or the running kernel holds, is no secret. */
function reserved(map: MemoryMap): NamedRange[] {
  if (!map.memblockMemory) return []
  const known: Range[] = [
    ...map.nested.map((n) => n.range),
    ...map.protected.map((n) => n.range),
    ...(map.runningKernel ? [map.runningKernel] : []),
  ]
  return subtract(map.memblockReserved, known).map((range) => ({ range, why: 'reserved by memblock' }))
}

function leftAlone(map: MemoryMap): NamedRange[] {
  const more = subtract(map.firmwareRam ?? [], map.systemRam)
  return more.map((range) => ({ range, why: 'no System RAM in iomem' }))
}
