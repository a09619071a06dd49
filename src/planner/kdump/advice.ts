import type { ArchName } from '../names.ts'
import { alignUp } from '../bytes/align.ts'
import { sizeOf } from '../bytes/range.ts'
import { readKernelImage } from '../image/kernel-image.ts'
import { memoryMap } from '../memory/memory-map.ts'
import type { PlanRequest } from '../plan/plan-request.ts'
import { leastCrashkernel, type Fits } from '../plan/with-change.ts'

/** How much to reserve for a crash kernel, with each summand. Units: bytes. */
export interface CrashkernelAdvice {
  /** The main reservation of today; null where there is none. */
  readonly reserved: number | null
  /** Whether this boot entry can be loaded into it. */
  readonly loads: boolean
  /** Whether it is also as large as what is recommended. */
  readonly enough: boolean
  /** The smallest reservation that the loader can load into; null where none is large enough. */
  readonly least: number | null
  readonly parts: {
    readonly kernel: number
    readonly initrd: number
    readonly modules: number
    readonly runtime: number
  }
  /** What distributions reserve by default for so much RAM; null where they reserve nothing. */
  readonly usual: number | null
  readonly recommended: number
  /** As `crashkernel=` takes it. */
  readonly crashkernel: string
  readonly assumptions: readonly string[]
  readonly sentence: string
}

const MIB = 0x100000
const GIB = 0x40000000
/** What a crash kernel needs to run, beside its image, its modules and its initrd. */
const RUNTIME = 64 * MIB
/** Modules of a dump initrd; nothing in a snapshot tells, and hosts with large drivers need more. */
const MODULES = 32 * MIB
/** Reservations are named in steps of this. */
const STEP = 16 * MIB

/** From so much RAM on, so much. Units: MiB, but for `ram` in GiB. */
const USUAL: { readonly [A in ArchName]: readonly { readonly ram: number; readonly size: number }[] } = {
  x86_64: [
    { ram: 64, size: 512 },
    { ram: 4, size: 256 },
    { ram: 1, size: 192 },
  ],
  arm64: [
    { ram: 64, size: 576 },
    { ram: 4, size: 320 },
    { ram: 1, size: 256 },
  ],
}

/**
 * Says what `crashkernel=` should be for a boot entry: kernel, initrd, modules and run time added up,
 * at least what distributions reserve by default, and at least what the loader needs to place it all.
 *
 * Units: bytes. `reserved`: the main reservation of today.
 * Source: the summands as `kdumpctl estimate` prints them (kernel image, modules, initramfs, 64 MiB of
 * run time; the larger of the sum and the default counts); x86_64's defaults are those of
 * `kdumpctl get-default-crashkernel` in its crashkernel-howto.txt, arm64's are assumed.
 */
export function crashkernelAdvice(
  request: PlanRequest,
  reserved: number | null,
  fits: Fits,
): CrashkernelAdvice | null {
  const { snapshot, kernel } = request
  const image = readKernelImage(snapshot.arch, kernel.head, kernel.size)
  if (!image.ok) return null
  const asked: PlanRequest = { ...request, strategy: 'kexec_file', purpose: 'crash' }
  const ram = snapshot.memTotal ?? memoryMap(snapshot).systemRam.reduce((sum, r) => sum + sizeOf(r), 0)
  const usual = USUAL[snapshot.arch].find((row) => ram >= row.ram * GIB)?.size ?? null
  const least = leastCrashkernel(asked, fits)
  const parts = {
    kernel: image.value.arch === 'arm64' ? image.value.imageSize : image.value.initSize,
    initrd: request.initrdSize ?? 0,
    modules: MODULES,
    runtime: RUNTIME,
  }
  const sum = parts.kernel + parts.initrd + parts.modules + parts.runtime
  const recommended = alignUp(Math.max(sum, (usual ?? 0) * MIB, (least ?? 0) + RUNTIME), STEP)
  const loads = reserved !== null && fits(asked)
  const enough = loads && reserved >= recommended
  return {
    reserved,
    loads,
    enough,
    least,
    parts,
    usual: usual === null ? null : usual * MIB,
    recommended,
    crashkernel: `${recommended / MIB}M`,
    assumptions: assumptionsOf(snapshot.arch, ram),
    sentence: sentenceOf(reserved, loads, enough, recommended),
  }
}

function assumptionsOf(arch: ArchName, ram: number): string[] {
  const out = [
    `a crash kernel needs ${RUNTIME / MIB} MiB to run`,
    `its modules take ${MODULES / MIB} MiB: no file of the snapshot tells`,
    'the initrd counts once, as it is loaded: what it unpacks to is left to the run time',
    'no disk is to be decrypted, which takes up to 1 GiB more',
  ]
  if (arch === 'arm64') out.push('the default of arm64 distributions is 256 to 576 MiB, by RAM')
  if (ram < GIB) out.push('with less than 1 GiB of RAM distributions reserve nothing')
  return out
}

function sentenceOf(reserved: number | null, loads: boolean, enough: boolean, recommended: number): string {
  const want = `crashkernel=${recommended / MIB}M is recommended`
  if (reserved === null) return `Nothing is reserved: ${want}.`
  const now = `${reserved} bytes are reserved`
  if (!loads) return `${now}, and the image does not fit in: ${want}.`
  return enough ? `${now}, and that is enough.` : `${now}: the image fits in, but to run ${want}.`
}
