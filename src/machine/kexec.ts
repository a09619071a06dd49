import type { SegmentKind } from '../planner/names.ts'
import { hex } from '../planner/bytes/phys-addr.ts'
import { merged, overlaps, rangeOfSize, subtract, type Range } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { loadRefusal } from '../planner/preflight/preflight.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import type { Machine } from './machine.ts'
import { digestOfBytes } from './memory.ts'

/** One segment as a loader hands it over: `bytes` are copied to `mem`, the rest up to `memsz` becomes zero. */
export interface KexecSegment {
  readonly kind: SegmentKind
  readonly mem: number
  readonly memsz: number
  readonly bytes: Uint8Array
}

export interface KexecImage {
  readonly segments: readonly KexecSegment[]
  /** Where the jump goes. */
  readonly entry: number
  /** The device tree that the kernel is handed where no purgatory hands it over; null on x86_64. */
  readonly dtb: number | null
}

/** What is booked, as the kernel would tell it: sizes and digests, no bytes. */
export interface LoadedSegment {
  readonly kind: SegmentKind
  readonly mem: number
  readonly bufsz: number
  readonly memsz: number
  readonly sha256: string
}

/** Source pages stay with the image, apart from every destination, until the jump. */
export interface LoadedImage {
  readonly image: KexecImage
  readonly segments: readonly LoadedSegment[]
}

export type LoadRefusalCode =
  | 'not-permitted'
  | 'no-segments'
  | 'too-many-segments'
  | 'wrapped'
  | 'misaligned'
  | 'outside-usable-memory'
  | 'overlap'
  | 'bufsz-over-memsz'
  | 'over-half-of-ram'

export interface LoadRefusal {
  readonly code: LoadRefusalCode
  /** Index of the segment at fault; null where it is the image as a whole. */
  readonly segment: number | null
  readonly detail: string
}

const MAX_SEGMENTS = 16

/**
 * Books an image for the next `exec`; an image booked before is dropped only when this one is accepted.
 *
 * Memory that firmware protects but that counts as System RAM is accepted here, as the real kernel
 * accepts it: that is found out after the jump.
 *
 * Units: bytes. Errors: a refusal for what the kernel's own final checks refuse, in their order.
 * Source: Linux kernel/kexec_core.c, the check of the segment list; kernel/kexec.c for the count.
 */
export function load(machine: Machine, image: KexecImage, sha256: Sha256): Result<LoadedImage, LoadRefusal> {
  const refusal = refusalOf(machine, image)
  if (refusal) return err(refusal)
  const segments = image.segments.map((s) => ({
    kind: s.kind,
    mem: s.mem,
    bufsz: s.bytes.length,
    memsz: s.memsz,
    sha256: digestOfBytes(s.bytes, 0, s.bytes.length, sha256),
  }))
  machine.loaded = { image, segments }
  return ok(machine.loaded)
}

/** Drops what is booked. */
export function unload(machine: Machine): void {
  machine.loaded = null
}

function refusalOf(machine: Machine, image: KexecImage): LoadRefusal | null {
  const { segments } = image
  const forbidden = loadRefusal(machine.snapshot, { loader: 'kexec_load', signed: null })
  if (forbidden !== null) return { code: 'not-permitted', segment: null, detail: `EPERM: ${forbidden}` }
  if (segments.length === 0) return { code: 'no-segments', segment: null, detail: 'an image needs a segment' }
  if (segments.length > MAX_SEGMENTS) {
    return {
      code: 'too-many-segments',
      segment: MAX_SEGMENTS,
      detail: `${segments.length} segments, ${MAX_SEGMENTS} allowed`,
    }
  }
  for (const check of [wrapped, misaligned, outsideUsable, overlapping, bufszOverMemsz, overHalf]) {
    for (let i = 0; i < segments.length; i++) {
      const refusal = check(segments, i, machine)
      if (refusal) return refusal
    }
  }
  return totalOverHalf(segments, machine)
}

type Check = (segments: readonly KexecSegment[], i: number, machine: Machine) => LoadRefusal | null

const wrapped: Check = (segments, i) => {
  const s = segments[i] as KexecSegment
  if (Number.isSafeInteger(s.mem) && s.mem >= 0 && s.memsz > 0 && Number.isSafeInteger(s.mem + s.memsz))
    return null
  return { code: 'wrapped', segment: i, detail: `${s.memsz} bytes from ${s.mem} on are no range below 2^53` }
}

const misaligned: Check = (segments, i, { snapshot }) => {
  const s = segments[i] as KexecSegment
  if (s.mem % snapshot.pageSize === 0 && s.memsz % snapshot.pageSize === 0) return null
  return {
    code: 'misaligned',
    segment: i,
    detail: `${hex(s.mem)} + ${hex(s.memsz)} is not on pages of ${snapshot.pageSize}`,
  }
}

const outsideUsable: Check = (segments, i, { snapshot }) => {
  const s = segments[i] as KexecSegment
  const usable = [...systemRam(snapshot.iomem), ...acpiTables(snapshot.iomem)]
  const outside = subtract([destination(s)], merged(usable))[0]
  if (!outside) return null
  const detail = `${hex(outside.start)}-${hex(outside.last)} is not System RAM`
  return { code: 'outside-usable-memory', segment: i, detail }
}

const overlapping: Check = (segments, i) => {
  const s = segments[i] as KexecSegment
  const other = segments.findIndex((t, j) => j < i && overlaps(destination(s), destination(t)))
  if (other < 0) return null
  return { code: 'overlap', segment: i, detail: `segments ${other} and ${i} overlap at ${hex(s.mem)}` }
}

const bufszOverMemsz: Check = (segments, i) => {
  const s = segments[i] as KexecSegment
  if (s.bytes.length <= s.memsz) return null
  return {
    code: 'bufsz-over-memsz',
    segment: i,
    detail: `${s.bytes.length} bytes to copy, ${s.memsz} reserved`,
  }
}

const overHalf: Check = (segments, i, machine) => {
  const s = segments[i] as KexecSegment
  if (s.memsz <= halfOfRam(machine)) return null
  return { code: 'over-half-of-ram', segment: i, detail: `${s.memsz} bytes are more than half of RAM` }
}

function totalOverHalf(segments: readonly KexecSegment[], machine: Machine): LoadRefusal | null {
  const total = segments.reduce((sum, s) => sum + s.memsz, 0)
  if (total <= halfOfRam(machine)) return null
  return {
    code: 'over-half-of-ram',
    segment: null,
    detail: `${total} bytes in all are more than half of RAM`,
  }
}

function halfOfRam({ snapshot }: Machine): number {
  const all = systemRam(snapshot.iomem).reduce((sum, r) => sum + (r.last - r.start + 1), 0)
  const pages = Math.floor((snapshot.memTotal ?? all) / snapshot.pageSize)
  return Math.floor(pages / 2) * snapshot.pageSize
}

/** Where a segment goes, the part that becomes zero included. */
export function destination(segment: { readonly mem: number; readonly memsz: number }): Range {
  return rangeOfSize(segment.mem, segment.memsz)
}

/** RAM that x86_64 lists by what firmware left in it: the real kernel takes it as it takes any other. */
function acpiTables(entries: readonly IomemEntry[]): Range[] {
  return entries.filter((e) => e.name === 'ACPI Tables').map((e) => e.range)
}

/** `System RAM` entries wherever they stand in the tree. */
export function systemRam(entries: readonly IomemEntry[]): Range[] {
  return entries.flatMap((e) => (e.name === 'System RAM' ? [e.range] : systemRam(e.children)))
}
