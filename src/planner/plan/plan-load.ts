import { archOf } from '../arch/index.ts'
import { TOOLS_BUILD } from '../arch/tools-build.ts'
import { hex } from '../bytes/phys-addr.ts'
import { overlaps, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { HEADER_BYTES, readKernelImage } from '../image/kernel-image.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { memoryDigest } from '../memory/memory-text.ts'
import { toldWhole } from '../place/search-again.ts'
import { rangeOf, type Segment } from '../place/segment.ts'
import type { Pin } from '../pin/pin.ts'
import { kernelRules } from '../rules/kernel-rules.ts'
import { assumptionsOf, determinismOf } from './assume.ts'
import { foldClear } from './clear-way.ts'
import { crashTold } from './crash-told.ts'
import { badKernelFailure, toldFailure } from './explain.ts'
import { keepPins, type Fold, type Folded } from './keep-pins.ts'
import { loadOf } from './load-of.ts'
import { givenInputs } from './given-inputs.ts'
import { grantedBy, usedExceptions } from './grant.ts'
import { keepingClearOf, placeHandsOn } from './hands-on.ts'
import type { PlanBody } from './plan-body.ts'
import { groundsKept, placerFor, type GroundsOf } from './placer-for.ts'
import type { LoadFailure, PlanFailure } from './plan-failure.ts'
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
  const grounds = groundsKept()
  const foldWith =
    (seen: Watch | null): Fold =>
    (r, without) =>
      foldLoad(r, { sha256, watch: seen, grounds }, without)
  const planned = foldClear(request, foldWith(watch))
  if (planned.ok) {
    const kept = keepPins(planned.value, request, foldWith(watch))
    return kept.ok ? kept : err(toldFailure(kept.error))
  }
  const failure = toldFailure(planned.error)
  if (!change) return err(failure)
  const unseen = foldWith(null)
  return err(withChange(failure, request, (r) => unseen(r).ok))
}

/** What stays the same while one request is tried in several ways. */
interface Means {
  readonly sha256: Sha256
  readonly watch: Watch | null
  readonly grounds: GroundsOf
}

function foldLoad(
  request: PlanRequest,
  { sha256, watch, grounds }: Means,
  without: readonly Pin[] = [],
): Result<Folded, LoadFailure> {
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
      { sha256, grounds },
    ),
    watch,
  )
  const first = placeHandsOn(load.value, bare)
  if (!first.ok) return err(toldWhole(first.error))
  const placer = keepingClearOf(first.value, bare)
  const tools = strategy === 'kexec_tools'
  const placement = tools ? arch.placeTools(load.value, placer) : arch.place(load.value, placer)
  if (!placement.ok) return err(toldWhole(placement.error))
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
      memory_digest: memoryDigest(snapshot, sha256),
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

function overlapsRunning(segments: readonly Segment[], map: MemoryMap, booted: readonly Range[]): boolean {
  const held = [...booted, ...(map.runningKernel ? [map.runningKernel] : [])]
  return segments.some((s) => held.some((h) => overlaps(h, rangeOf(s))))
}

/** The order of a segment's fields is part of the plan's bytes. */
function wireSegment(s: Segment): PlanBody['segments'][number] {
  const { kind, mem, bufsz, memsz, align, room, chosen, because } = s
  return { kind, mem: hex(mem), bufsz, memsz, align, room, chosen, because }
}
