import { archOf } from '../arch/index.ts'
import { TOOLS_BUILD } from '../arch/tools-build.ts'
import type { CrashLoad, Load, Placement, Placer } from '../arch/arch.ts'
import { hex } from '../bytes/phys-addr.ts'
import { overlaps, sizeOf, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { HEADER_BYTES, readKernelImage } from '../image/kernel-image.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { elfcorehdrSize } from '../kdump/elfcorehdr-size.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { toolsRanges } from '../memory/tools-ranges.ts'
import { memoryText } from '../memory/memory-text.ts'
import { bookable } from '../memory/views.ts'
import type { Pin } from '../pin/pin.ts'
import { kexecFile } from '../place/kexec-file.ts'
import { kexecTools } from '../place/kexec-tools.ts'
import { pinned } from '../place/pinned.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import type { ArchName, Snapshot } from '../read/snapshot.ts'
import { kernelRules, type KernelRules } from '../rules/kernel-rules.ts'
import { badKernelFailure } from './explain.ts'
import type { Assumption, PlanBody, Purpose, StrategyName } from './plan-body.ts'
import type { PlanFailure, RefusedLoad } from './plan-failure.ts'

/** Lowercase hex of a SHA-256; the planner has none of its own. */
export type Sha256 = (content: string | Uint8Array) => string

/** What to load, where, and how to choose. Units: bytes. */
export interface PlanRequest {
  readonly snapshot: Snapshot
  /** The whole image or its first 4 KiB, and the size of the whole. */
  readonly kernel: { readonly head: Uint8Array; readonly size: number }
  readonly initrdSize: number | null
  readonly cmdline: string
  readonly purpose: Purpose
  readonly strategy: StrategyName
  readonly pins: readonly Pin[]
  /** Segments of the plan that booted the running kernel; empty where no plan did. */
  readonly booted: readonly Range[]
  /** The architecture that the boot entry is for. */
  readonly arch?: ArchName
  /** Earlier boots of the same host: new pins avoid what was not free in them. */
  readonly history?: readonly Snapshot[]
  readonly rules?: string
  readonly purgatorySize?: number
  readonly pageSize?: number
}

/** The highest initrd that a loader reads. */
const INITRD_MAX = 2 ** 32

/**
 * Computes one plan. The same request gives the same body, byte for byte.
 *
 * Errors: a value that says which rule refuses the load; `no-hole` with every range that was walked.
 */
export function planLoad(request: PlanRequest, sha256: Sha256): Result<PlanBody, PlanFailure> {
  const { snapshot, kernel, strategy, purpose } = request
  const refused = refuse(request)
  if (refused) return err(refused)
  const rules = kernelRules(snapshot.arch, snapshot.release, request.rules ?? null)
  if (!rules.ok) return rules
  const image = readKernelImage(snapshot.arch, kernel.head, kernel.size)
  if (!image.ok) return err(badKernelFailure(image.error))

  const map = memoryMap(snapshot)
  const crash = crashLoad(request, rules.value, map)
  if (crash && !crash.ok) return crash
  const load = loadOf(request, rules.value, image.value, crash ? crash.value : null)
  const arch = archOf(snapshot.arch)
  const placer = placerFor(request, load, map)
  const placement = strategy === 'kexec_tools' ? arch.placeTools(load, placer) : arch.place(load, placer)
  if (!placement.ok) return placement
  const tooMuch = overHalfOfRam(placement.value.segments, snapshot, map)
  if (tooMuch) return err(tooMuch)

  const { segments, entry } = placement.value
  const kernelAt = (segments.find((s) => s.kind === 'kernel') as Segment).mem
  const run = arch.expectedRun(load, kernelAt)
  return ok({
    rules:
      strategy === 'kexec_tools' ? `${snapshot.arch}/kexec-tools-${TOOLS_BUILD.version}` : rules.value.id,
    segments: segments.map((s) => ({ ...s, mem: hex(s.mem) })).map(inFieldOrder),
    purpose,
    strategy,
    entry: hex(entry),
    expected: {
      image: hex(kernelAt),
      kernel_code: run.codeAt.map(hex),
      certainty: run.exact ? 'exact' : 'load-only',
      because: run.because,
    },
    over: overlapsRunning(segments, map, request.booted) ? 'running-kernel' : 'free-memory',
    assumptions: assumptionsOf(request, rules.value, placement.value),
    warnings: warningsOf(segments, map),
    inputs: {
      arch: snapshot.arch,
      release: snapshot.release.text,
      boot_id: snapshot.bootId,
      memory_digest: sha256(memoryText(snapshot)),
      page_size: load.pageSize,
      kernel_size: kernel.size,
      kernel_header_digest: sha256(kernel.head.subarray(0, HEADER_BYTES)),
      initrd_size: load.initrdSize,
      cmdline: request.cmdline,
    },
  })
}

/** What can be refused before anything is placed. */
function refuse(request: PlanRequest): RefusedLoad | null {
  const { snapshot, strategy, initrdSize, arch } = request
  if (arch && arch !== snapshot.arch) {
    return {
      code: 'arch-mismatch',
      detail: `the boot entry is for ${arch}, the snapshot is of an ${snapshot.arch} host`,
    }
  }
  if (initrdSize !== null && initrdSize >= INITRD_MAX) {
    return {
      code: 'initrd-too-large',
      detail: `an initrd of ${initrdSize} bytes; loaders take less than ${INITRD_MAX}`,
    }
  }
  if (strategy === 'kexec_file' && snapshot.arch === 'arm64' && !snapshot.memblock) {
    return {
      code: 'memblock-missing',
      detail: 'arm64 places by memblock: the snapshot needs memblock-memory and memblock-reserved',
    }
  }
  return null
}

function loadOf(
  request: PlanRequest,
  rules: KernelRules,
  kernel: Load['kernel'],
  crash: CrashLoad | null,
): Load {
  const { snapshot, initrdSize, cmdline } = request
  const purgatoryMemsz = request.purgatorySize ?? snapshot.purgatorySize ?? rules.purgatoryMemsz
  const pageSize = request.pageSize ?? snapshot.pageSize
  return {
    snapshot,
    rules,
    kernel,
    pageSize,
    initrdSize: initrdSize || null,
    cmdline,
    purgatoryMemsz,
    toolsPurgatory: null,
    crash,
  }
}

/** What a crash kernel is given; null for a reboot. */
function crashLoad(
  request: PlanRequest,
  rules: KernelRules,
  map: MemoryMap,
): Result<CrashLoad, RefusedLoad> | null {
  if (request.purpose !== 'crash') return null
  const area = crashArea(map)
  if (!area) {
    return err({
      code: 'no-crashkernel',
      detail: 'iomem shows no Crash kernel: boot with crashkernel= to reserve memory for it',
    })
  }
  return ok({ area, elfcorehdr: elfcorehdrSize(map, rules, request.snapshot.possibleCpus ?? 1) })
}

function placerFor(request: PlanRequest, load: Load, map: MemoryMap): Placer {
  const area = load.crash && [load.crash.area.main]
  if (request.strategy === 'kexec_tools') {
    const crash = load.crash?.area.main ?? null
    return kexecTools(toolsRanges(request.snapshot, crash), crash)
  }
  if (request.strategy === 'kexec_file') return kexecFile(area ?? bookable(map, load.rules.walks), load.rules)
  const pins = request.pins.filter((p) => p.purpose === request.purpose)
  if (area) return pinned(area, [], pins, load.pageSize)
  const strict = bookable(map, 'strict', request.booted)
  const history = (request.history ?? []).map((boot) => bookable(memoryMap(boot), 'strict'))
  return pinned(strict, history, pins, load.pageSize)
}

/** The kernel takes no image of which one segment, or all together, fill more than half of RAM. */
function overHalfOfRam(segments: readonly Segment[], snapshot: Snapshot, map: MemoryMap): RefusedLoad | null {
  const total = snapshot.memTotal ?? map.systemRam.reduce((sum, r) => sum + sizeOf(r), 0)
  const wanted = segments.reduce((sum, s) => sum + s.memsz, 0)
  if (wanted <= total / 2) return null
  return {
    code: 'over-half-of-ram',
    detail: `the segments fill ${wanted} bytes; the kernel takes half of its ${total} at most`,
  }
}

function overlapsRunning(segments: readonly Segment[], map: MemoryMap, booted: readonly Range[]): boolean {
  const held = [...booted, ...(map.runningKernel ? [map.runningKernel] : [])]
  return segments.some((s) => held.some((h) => overlaps(h, rangeOf(s))))
}

function assumptionsOf(request: PlanRequest, rules: KernelRules, placement: Placement): Assumption[] {
  const { snapshot } = request
  const out: Assumption[] = [...rules.assumed, ...placement.assumptions]
  if (request.pageSize === undefined && snapshot.pageSizeFrom === 'assumed') {
    out.push({
      code: 'page-size',
      detail: `pages of ${snapshot.pageSize} bytes: neither capture nor release tells`,
    })
  }
  if (snapshot.arch === 'x86_64' && !request.purgatorySize && !snapshot.purgatorySize) {
    out.push({
      code: 'purgatory-size',
      detail: `a purgatory of ${rules.purgatoryMemsz} bytes, as kernels of that age carry`,
    })
  }
  if (request.purpose === 'crash' && snapshot.possibleCpus === null) {
    out.push({
      code: 'possible-cpus',
      detail: 'one possible CPU: neither cpus nor the boot log tells how many elfcorehdr must list',
    })
  }
  if (!snapshot.memblock && snapshot.arch === 'arm64') {
    out.push({
      code: 'no-memblock',
      detail: 'without memblock only iomem tells what is reserved, as of boot time',
    })
  }
  return out
}

function warningsOf(segments: readonly Segment[], map: MemoryMap): Assumption[] {
  const hit = (named: MemoryMap['hazards'], code: string) =>
    named.flatMap((n) =>
      segments
        .filter((s) => overlaps(n.range, rangeOf(s)))
        .map((s) => ({
          code,
          detail: `the ${s.kind} lies over ${hex(n.range.start)}-${hex(n.range.last)}: ${n.why}`,
        })),
    )
  return [...hit(map.hazards, 'lpi-unreserved'), ...hit(map.protected, 'over-protected')]
}

/** The order of a segment's fields is part of the plan's bytes. */
function inFieldOrder(s: PlanBody['segments'][number]): PlanBody['segments'][number] {
  const { kind, mem, bufsz, memsz, align, room, chosen, because } = s
  return { kind, mem, bufsz, memsz, align, room, chosen, because }
}
