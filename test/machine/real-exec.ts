import type { LoadPlan } from '../../src/agent/load-plan.ts'
import type { SegmentKind } from '../../src/planner/index.ts'
import { captureNames, hostFile } from '../capture.ts'

/** A `kexec -e` that was really done, as its host's truth file tells it. */
export interface RealExec {
  readonly name: string
  readonly plan: LoadPlan
  readonly kernelHead: Uint8Array
  readonly kernelSize: number
  /** What the second kernel's /proc/iomem was; null where none came up. */
  readonly secondIomem: string | null
}

interface TruthSegment {
  readonly name?: SegmentKind
  readonly mem: string
  readonly bufsz: string
  readonly memsz: string
}

/** kexec-tools names no segments; this is its order on arm64. */
const TOOLS_ORDER: readonly SegmentKind[] = ['kernel', 'initrd', 'dtb', 'purgatory']

export function realExecs(): RealExec[] {
  return captureNames().flatMap((name) => realExec(name) ?? [])
}

function realExec(name: string): RealExec | null {
  const truth = JSON.parse(hostFile(name, 'truth.json')?.toString() ?? '{}')
  const load = (truth.exec ?? truth.exec_tools)?.load
  const head = hostFile(name, 'kernel-header.bin')
  if (!load || !head) return null
  const cases = JSON.parse(hostFile(name, 'case.json')?.toString() ?? '{}')
  const segments = (load.segments as TruthSegment[]).map((s, i) => ({
    kind: s.name ?? (TOOLS_ORDER[i] as SegmentKind),
    mem: s.mem,
    bufsz: Number(s.bufsz),
    memsz: Number(s.memsz),
    align: 0x1000,
    room: Number(s.memsz),
    chosen: 'by-rule' as const,
    because: 'the running kernel chose it',
  }))
  const entry = segments.find((s) => s.kind === 'purgatory') ?? segments.find((s) => s.kind === 'kernel')
  return {
    name,
    plan: { segments, entry: entry?.mem ?? '0x0', inputs: { cmdline: load.call.cmdline } },
    kernelHead: head,
    kernelSize: cases.kernels[load.call.kernel].size,
    secondIomem: hostFile(name, 'second-kernel-iomem.txt')?.toString() ?? null,
  }
}
