import type { Load, Placer } from '../arch/arch.ts'
import { archOf } from '../arch/index.ts'
import { alignUp } from '../bytes/align.ts'
import { physAddr } from '../bytes/phys-addr.ts'
import { inBoth } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { readKernelImage } from '../image/kernel-image.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { bookable } from '../memory/views.ts'
import { calmGround, stableGround, volatileRanges } from '../pin/ground.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'
import type { Grounds } from '../place/pinned.ts'
import type { Segment } from '../place/segment.ts'
import { kernelRules } from '../rules/kernel-rules.ts'
import { badKernelFailure, toldFailure } from './explain.ts'
import { loadOf } from './load-of.ts'
import type { PlanFailure } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'
import { overHalfOfRam, refuseLoad } from './refuse-load.ts'

/** What decides where a host's pins may lie. Hosts of one key are one to a group: a pin holds on all or on none. */
export interface Layout {
  readonly key: string
  /** Of one of its hosts: any other's gives the same places. */
  readonly request: PlanRequest
  readonly grounds: Grounds
  /** What its loader asks for, in order; limits that hang on the kernel's place are those of its lowest. */
  readonly bufs: readonly KexecBuf[]
  /** Null where the load is refused wherever it would go. */
  readonly load: Load | null
  readonly refused: PlanFailure | null
}

/** Reads one host's request for what counts in a group. */
export function layoutOf(request: PlanRequest): Layout {
  const map = memoryMap(request.snapshot)
  const asked = askedBy(request, map)
  const grounds = groundsOf(request, map)
  const bufs = asked.ok ? asked.value.bufs : []
  const refused = asked.ok ? null : asked.error
  const { headroom, random } = request.policy ?? DEFAULT_POLICY
  const parts = [request.snapshot.arch, request.purpose, grounds, bufs, refused]
  const key = JSON.stringify([...parts, headroom, random, request.exceptions ?? []])
  return { key, request, grounds, bufs, refused, load: asked.ok ? asked.value.load : null }
}

/** What is in the grounds of all. */
export function commonGrounds(a: Grounds, b: Grounds): Grounds {
  return {
    calm: inBoth(a.calm, b.calm),
    stable: inBoth(a.stable, b.stable),
    today: inBoth(a.today, b.today),
  }
}

/** The same grounds that the host's own plan would look at, without what an exception frees. */
function groundsOf(request: PlanRequest, map: MemoryMap): Grounds {
  const { booted, history = [], purpose } = request
  if (purpose === 'crash') {
    const crash = crashArea(map)
    const area = crash ? [crash.main] : []
    return { calm: area, stable: area, today: area }
  }
  const today = bookable(map, 'strict', booted)
  const boots = [{ strict: today, volatile: volatileRanges(map, booted) }, ...history]
  return { calm: calmGround(boots), stable: stableGround(boots), today }
}

/** Goes through the load without looking for places: what is asked for, and what is refused anywhere. */
function askedBy(
  request: PlanRequest,
  map: MemoryMap,
): Result<{ load: Load; bufs: readonly KexecBuf[] }, PlanFailure> {
  const { snapshot, kernel } = request
  const refused = refuseLoad(request)
  if (refused) return err(refused)
  const named = request.rules ?? request.calibration?.rules ?? null
  const rules = kernelRules(snapshot.arch, snapshot.release, named)
  if (!rules.ok) return rules
  const image = readKernelImage(snapshot.arch, kernel.head, kernel.size)
  if (!image.ok) return err(badKernelFailure(image.error))
  const load = loadOf(request, rules.value, image.value, map)
  if (!load.ok) return load
  const bufs: KexecBuf[] = []
  const lowest: Placer = (buf) => {
    bufs.push(buf)
    return ok(segmentOf(buf))
  }
  const placement = archOf(snapshot.arch).place(load.value, lowest)
  if (!placement.ok) return err(toldFailure(placement.error))
  const tooMuch = overHalfOfRam(placement.value.segments, snapshot, map)
  return tooMuch ? err(tooMuch) : ok({ load: load.value, bufs })
}

function segmentOf({ kind, bufsz, memsz, align, min }: KexecBuf): Segment {
  const mem = physAddr(alignUp(min, align))
  return { kind, mem, bufsz, memsz, align, room: memsz, chosen: 'by-rule', because: '' }
}
