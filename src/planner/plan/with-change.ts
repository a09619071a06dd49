import { alignUp } from '../bytes/align.ts'
import { putU32le } from '../bytes/endian.ts'
import { sizeOf } from '../bytes/range.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { withCrashkernel } from '../kdump/with-crashkernel.ts'
import { memoryMap } from '../memory/memory-map.ts'
import type { Change, NoHoleFailure, PlanFailure } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/** Whether a request gets a plan. */
export type Fits = (request: PlanRequest) => boolean

const MIB = 0x100000
/** Where bzImage keeps `kernel_alignment`, and the least that an x86_64 kernel is built with. */
const ALIGNMENT_AT = 0x230
const LEAST_ALIGNMENT = 2 * MIB
/** A crash kernel that wants more than this has another trouble. */
const MOST_CRASHKERNEL = 2 ** 36

/**
 * Adds to a refusal what would turn it into a plan: the first of the changes below that does, and the
 * others that do too. Each was tried, by planning again, and so was the next smaller one, in vain.
 *
 * - `smaller-initrd`: so many bytes less, whole pages, are the fewest that help.
 * - `kernel-alignment`: x86_64 kernels can be built for a smaller one.
 * - `crashkernel`: a crash kernel's reservation, with the least size that is enough.
 */
export function withChange(failure: PlanFailure, request: PlanRequest, fits: Fits): PlanFailure {
  if (failure.code === 'no-crashkernel') {
    const change = largerCrashkernel(request, fits)
    return change ? { ...failure, change } : failure
  }
  if (failure.code !== 'no-hole') return failure
  const tried = [
    smallerInitrd(request, fits),
    lessAlignment(failure, request, fits),
    largerCrashkernel(request, fits),
  ]
  const [change = NONE, ...alternatives] = tried.filter((c) => c !== null)
  return { ...failure, change, alternatives }
}

const NONE: Change = {
  code: 'none',
  sentence: 'Neither a smaller initrd nor another alignment or reservation would make it fit.',
}

function smallerInitrd(request: PlanRequest, fits: Fits): Change | null {
  const { initrdSize } = request
  if (!initrdSize) return null
  const page = pageOf(request)
  const of = (pages: number) => ({ ...request, initrdSize: pages * page })
  const pages = most(Math.ceil(initrdSize / page), (n) => fits(of(n)))
  if (pages === null) return null
  const initrd_size = pages * page
  const less = initrdSize - initrd_size
  return {
    code: 'smaller-initrd',
    less,
    initrd_size,
    sentence: `An initrd smaller by ${less} bytes, that is of ${initrd_size}, would fit.`,
  }
}

function lessAlignment(failure: NoHoleFailure, request: PlanRequest, fits: Fits): Change | null {
  const { snapshot, kernel } = request
  if (snapshot.arch !== 'x86_64' || failure.buf.kind !== 'kernel') return null
  for (let align = failure.buf.align / 2; align >= LEAST_ALIGNMENT; align /= 2) {
    if (!fits(withAlignment(request, align))) continue
    const sentence = `A kernel built for an alignment of ${align} bytes instead of ${failure.buf.align} would fit.`
    return { code: 'kernel-alignment', align, sentence }
  }
  return null

  function withAlignment(asked: PlanRequest, align: number): PlanRequest {
    const head = Uint8Array.from(kernel.head)
    putU32le(head, ALIGNMENT_AT, align)
    return { ...asked, kernel: { head, size: kernel.size } }
  }
}

function largerCrashkernel(request: PlanRequest, fits: Fits): Change | null {
  const size = leastCrashkernel(request, fits)
  if (size === null) return null
  const rounded = alignUp(size, MIB) / MIB
  const main = crashArea(memoryMap(request.snapshot))?.main
  return {
    code: 'crashkernel',
    size,
    crashkernel: `${rounded}M`,
    sentence: `With ${size} bytes reserved (crashkernel=${rounded}M; today ${main ? sizeOf(main) : 'none'}) the image would fit; what the crash kernel needs to run comes on top.`,
  }
}

/**
 * The smallest reservation that holds the image of a crash kernel; null where none does, or for a reboot.
 *
 * Units: bytes, whole pages.
 */
export function leastCrashkernel(request: PlanRequest, fits: Fits): number | null {
  if (request.purpose !== 'crash') return null
  const page = pageOf(request)
  const enough = (pages: number) =>
    fits({ ...request, snapshot: withCrashkernel(request.snapshot, pages * page) })
  let high = MIB / page
  while (!enough(high)) {
    high *= 2
    if (high * page > MOST_CRASHKERNEL) return null
  }
  const tooFew = most(high, (n) => !enough(n))
  return ((tooFew ?? 0) + 1) * page
}

/** The largest n below `high`, where it does not hold, for which `holds`; null where it does not even for 1. */
function most(high: number, holds: (n: number) => boolean): number | null {
  if (high <= 1 || !holds(1)) return null
  let low = 1
  while (high - low > 1) {
    const mid = Math.floor((low + high) / 2)
    if (holds(mid)) low = mid
    else high = mid
  }
  return low
}

function pageOf({ facts, snapshot }: PlanRequest): number {
  return facts?.pageSize ?? snapshot.pageSize
}
