import { hex } from '../bytes/phys-addr.ts'
import { inBoth, merged, overlaps, subtract, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { MemoryMap, NamedRange } from '../memory/memory-map.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import { fdtNode, type Fdt } from '../read/fdt.ts'
import type { Exception, ExceptionKind, UsedException } from './exception.ts'
import type { RefusedLoad } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/** An exception with what in the boot entry justifies it. */
export interface GrantedException {
  readonly exception: Exception
  readonly evidence: string
}

/**
 * The exceptions that a request asks for, each with its evidence.
 *
 * Errors: `exception-without-evidence` where the boot entry does not show that the next kernel can do
 * without, or where the strategy has no say in what is overwritten.
 */
export function grantedBy(request: PlanRequest): Result<readonly GrantedException[], RefusedLoad> {
  const out: GrantedException[] = []
  for (const exception of request.exceptions ?? []) {
    const refuse = (because: string) =>
      err({ code: 'exception-without-evidence', detail: `${exception.kind}: ${because}` } as const)
    if (request.strategy !== 'pinned') {
      return refuse(`${request.strategy} chooses by its own rules; exceptions are for pinned plans`)
    }
    const evidence = evidenceFor(exception.kind, request)
    if (evidence === null) return refuse(WANTED[exception.kind])
    out.push({ exception, evidence })
  }
  return ok(out)
}

const WANTED: { readonly [K in ExceptionKind]: string } = {
  'acpi-tables':
    'the boot entry does not boot without ACPI: its command line needs acpi=off, or on arm64 it needs a device tree without UEFI',
  'uefi-map':
    'the boot entry brings no regenerated device tree: one with memory nodes and without linux,uefi-* in /chosen, for arm64',
}

function evidenceFor(kind: ExceptionKind, { snapshot, cmdline, devicetree }: PlanRequest): string | null {
  const apart = snapshot.arch === 'arm64' && devicetree !== undefined && isApartFromUefi(devicetree)
  if (kind === 'uefi-map')
    return apart ? 'the device tree has memory nodes and no linux,uefi-* property' : null
  if (bootsWithoutAcpi(cmdline)) return 'acpi=off on the command line'
  return apart ? 'the device tree names no UEFI system table: no RSDP is handed over' : null
}

/** The last `acpi=` counts, as in the kernel; behind ` -- ` stands what is meant for init. */
export function bootsWithoutAcpi(cmdline: string): boolean {
  const own = cmdline.split(/(?:^|\s)--(?:\s|$)/)[0] as string
  return (
    own
      .split(/\s+/)
      .filter((word) => word.startsWith('acpi='))
      .at(-1) === 'acpi=off'
  )
}

/** A tree from which a kernel boots without UEFI: it lists memory, and nothing leads to UEFI's tables. */
export function isApartFromUefi(tree: Fdt): boolean {
  const chosen = fdtNode(tree, '/chosen')
  if (chosen?.properties.some((property) => property.name.startsWith('linux,uefi-'))) return false
  return tree.root.children.some(
    (node) =>
      /^memory(@|$)/.test(node.name) &&
      node.properties.some((property) => property.name === 'reg' && property.value.length > 0),
  )
}

/**
 * What the exceptions free: exactly the bytes that are named so, but for what is protected for another
 * reason too. Not the pages around them: on arm64 the EFI stub keeps its memory map, seeds and lists of
 * reservations in the same pages as the tables.
 */
export function exceptedRanges(map: MemoryMap, granted: readonly GrantedException[]): Range[] {
  const kinds = granted.map((g) => g.exception.kind)
  const isNamed = (n: NamedRange) => n.exception !== undefined && kinds.includes(n.exception)
  const named = map.protected.filter(isNamed)
  const others = [...map.protected.filter((n) => !isNamed(n)), ...map.hazards].map((n) => n.range)
  return subtract(merged(named.map((n) => n.range)), others)
}

/** The exceptions without which these segments would have no place there, and the bytes in question. */
export function usedExceptions(
  granted: readonly GrantedException[],
  map: MemoryMap,
  segments: readonly Segment[],
): UsedException[] {
  return granted.flatMap((each) => {
    const freed = exceptedRanges(map, [each])
    const used = segments.map(rangeOf).filter((s) => freed.some((f) => overlaps(f, s)))
    if (used.length === 0) return []
    const { kind, policy, approver, reason, expires_at } = each.exception
    const ranges = inBoth(freed, used).map((r) => ({ start: hex(r.start), last: hex(r.last) }))
    return [{ kind, policy, approver, reason, expires_at, evidence: each.evidence, ranges }]
  })
}
