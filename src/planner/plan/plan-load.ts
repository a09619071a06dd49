import type { Load, Placer } from '../arch/arch.ts'
import { archOf } from '../arch/index.ts'
import { TOOLS_BUILD } from '../arch/tools-build.ts'
import { hex } from '../bytes/phys-addr.ts'
import { overlaps, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { HEADER_BYTES, readKernelImage } from '../image/kernel-image.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { memoryText } from '../memory/memory-text.ts'
import { toolsRanges } from '../memory/tools-ranges.ts'
import { bookable } from '../memory/views.ts'
import { whoHolds } from '../memory/who-holds.ts'
import { kexecFile } from '../place/kexec-file.ts'
import { kexecTools } from '../place/kexec-tools.ts'
import { pinned, type Grounds } from '../place/pinned.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import { calmGround, stableGround, volatileRanges } from '../pin/ground.ts'
import type { Pin } from '../pin/pin.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import { kernelRules } from '../rules/kernel-rules.ts'
import { walkOf } from '../rules/walk-of.ts'
import { assumptionsOf, determinismOf } from './assume.ts'
import { foldClear } from './clear-way.ts'
import { crashTold } from './crash-told.ts'
import { badKernelFailure } from './explain.ts'
import { keepPins, type Fold, type Folded } from './keep-pins.ts'
import { loadOf } from './load-of.ts'
import { givenInputs } from './given-inputs.ts'
import { exceptedRanges, grantedBy, usedExceptions, type GrantedException } from './grant.ts'
import { keepingClearOf, placeHandsOn } from './hands-on.ts'
import type { PlanBody } from './plan-body.ts'
import type { PlanFailure } from './plan-failure.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'
import { overHalfOfRam, refuseLoad } from './refuse-load.ts'
import { warningsOf } from './warn.ts'
import { watched, type Watch } from './watch.ts'
import { withChange } from './with-change.ts'

/**
 * Computes one plan. The same request gives the same body, byte for byte.
 *
 * `change`: look for what would make a refused load fit, which plans many times more.
 * Errors: a value that says which rule refuses the load; `no-hole` with every range that was walked.
 */
export function planLoad(
  request: PlanRequest,
  sha256: Sha256,
  watch: Watch | null = null,
  { change = true }: { readonly change?: boolean } = {},
): Result<PlanBody, PlanFailure> {
  const fold: Fold = (r, without) => foldLoad(r, sha256, watch, without)
  const planned = foldClear(request, fold)
  if (planned.ok) return keepPins(planned.value, request, fold)
  if (!change) return planned
  return err(withChange(planned.error, request, (r) => foldLoad(r, sha256, null).ok))
}

function foldLoad(
  request: PlanRequest,
  sha256: Sha256,
  watch: Watch | null,
  without: readonly Pin[] = [],
): Result<Folded, PlanFailure> {
  const { snapshot, kernel, strategy, purpose } = request
  const refused = refuseLoad(request)
  if (refused) return err(refused)
  const named = request.rules ?? request.calibration?.rules ?? null
  const rules = kernelRules(snapshot.arch, snapshot.release, named)
  if (!rules.ok) return rules
  const image = readKernelImage(snapshot.arch, kernel.head, kernel.size)
  if (!image.ok) return err(badKernelFailure(image.error))

  const map = memoryMap(snapshot)
  const granted = grantedBy(request)
  if (!granted.ok) return granted
  const load = loadOf(request, rules.value, image.value, map)
  if (!load.ok) return load
  const arch = archOf(snapshot.arch)
  const bare = watched(
    placerFor(
      { ...request, pins: request.pins.filter((p) => !without.includes(p)) },
      load.value,
      map,
      granted.value,
      sha256,
    ),
    watch,
  )
  const first = placeHandsOn(load.value, bare)
  if (!first.ok) return first
  const placer = keepingClearOf(first.value, bare)
  const tools = strategy === 'kexec_tools'
  const placement = tools ? arch.placeTools(load.value, placer) : arch.place(load.value, placer)
  if (!placement.ok) return placement
  const { entry } = placement.value
  const segments = [...first.value, ...placement.value.segments]
  const tooMuch = overHalfOfRam(segments, snapshot, map)
  if (tooMuch) return err(tooMuch)

  const kernelAt = (segments.find((s) => s.kind === 'kernel') as Segment).mem
  const run = arch.expectedRun(load.value, kernelAt)
  const assumptions = assumptionsOf(request, rules.value)
  const exceptions = usedExceptions(granted.value, map, segments)
  const crash = tools ? null : crashTold(load.value, map, segments)
  const body: PlanBody = {
    rules: tools ? `${snapshot.arch}/kexec-tools-${TOOLS_BUILD.version}` : rules.value.id,
    segments: segments.map(wireSegment),
    purpose,
    strategy,
    determinism: determinismOf(assumptions),
    entry: hex(entry),
    expected: {
      image: hex(kernelAt),
      kernel_code: run.codeAt.map(hex),
      certainty: run.exact ? 'exact' : 'load-only',
      because: run.because,
    },
    over: overlapsRunning(segments, map, request.booted) ? 'running-kernel' : 'free-memory',
    assumptions,
    warnings: warningsOf(request, segments, map),
    ...(crash ? { crash } : {}),
    ...(exceptions.length > 0 ? { exceptions } : {}),
    inputs: {
      arch: snapshot.arch,
      release: snapshot.release.text,
      boot_id: snapshot.bootId,
      memory_digest: sha256(memoryText(snapshot)),
      page_size: load.value.pageSize,
      kernel_size: kernel.size,
      kernel_header_digest: sha256(kernel.head.subarray(0, HEADER_BYTES)),
      initrd_size: load.value.initrdSize,
      cmdline: request.cmdline,
      ...givenInputs(request, sha256),
    },
  }
  return ok({ body, segments })
}

/** Each strategy is a way to choose; the order and the limits of the bufs are the architecture's. */
function placerFor(
  request: PlanRequest,
  load: Load,
  map: MemoryMap,
  granted: readonly GrantedException[],
  sha256: Sha256,
): Placer {
  const { snapshot, strategy } = request
  const area = load.crash ? load.crash.area.main : null
  if (strategy === 'kexec_tools') return kexecTools(toolsRanges(snapshot, area), area, request.toolsWindow)
  if (strategy === 'kexec_file') return ownPlacer(load, map)
  const excepted = exceptedRanges(map, granted)
  return pinned({
    grounds: area ? { calm: [area], stable: [area], today: [area] } : groundsOf(request, map, excepted),
    pins: request.pins.filter((p) => p.purpose === request.purpose),
    pageSize: load.pageSize,
    policy: request.policy ?? DEFAULT_POLICY,
    draw: (kind) => drawnBy(`${request.randomSeed ?? ''} ${kind}`, sha256),
    holder: (wanted) => (area ? { range: wanted, why: OUTSIDE } : whoHolds(map, wanted, request.booted)),
  })
}

const OUTSIDE = "not within the crash kernel's reservation"

/** What an exception frees today, no remembered boot needs to have had free. */
function groundsOf(request: PlanRequest, map: MemoryMap, excepted: readonly Range[]): Grounds {
  const { booted, history = [] } = request
  const today = bookable(map, 'strict', booted, excepted)
  const boots = [{ strict: today, volatile: volatileRanges(map, booted) }, ...history]
  return { calm: calmGround(boots), stable: stableGround(boots), today }
}

const DRAW_DIGITS = 13

/** A number from 0 up to 1 that follows from a text, and looks random. */
function drawnBy(text: string, sha256: Sha256): number {
  return Number.parseInt(sha256(text).slice(0, DRAW_DIGITS), 16) / 16 ** DRAW_DIGITS
}

/** The running kernel's own walk: a crash kernel's reservation, scratch areas where it hands over, else all. */
function ownPlacer(load: Load, map: MemoryMap): Placer {
  const { rules, crash, handsOn, snapshot } = load
  if (crash) return kexecFile([crash.area.main], rules)
  // Scratch areas are walked in their own order, whatever the direction.
  if (handsOn.scratch.length > 0) return kexecFile(handsOn.scratch, { ...rules, topDownOrder: 'ascending' })
  return kexecFile(bookable(map, walkOf(snapshot, rules)), rules)
}

function overlapsRunning(segments: readonly Segment[], map: MemoryMap, booted: readonly Range[]): boolean {
  const held = [...booted, ...(map.runningKernel ? [map.runningKernel] : [])]
  return segments.some((s) => held.some((h) => overlaps(h, rangeOf(s))))
}

/** The order of a segment's fields is part of the plan's bytes. */
function wireSegment(s: Segment): PlanBody['segments'][number] {
  const { kind, mem, bufsz, memsz, align, room, chosen, because } = s
  return { kind, mem: hex(mem), bufsz, memsz, align, room, chosen, because }
}
