import { digestOfBytes, purgatoryBytes, type KexecImage, type KexecSegment } from '../machine/index.ts'
import { rangeOfSize, type Result } from '../planner/index.ts'
import { bootParamsBytes } from './boot-params-bytes.ts'
import { dtbBytes } from './dtb-bytes.ts'
import type { AgentFailure } from './failure.ts'
import type { LoadPlan, LoadSource } from './load-plan.ts'
import { sha256 } from './sha256.ts'

type Planned = LoadPlan['segments'][number]

/** The 64-bit entry of a bzImage. */
const ENTRY_64 = 0x200

/**
 * Fills every segment of a plan with the bytes that belong there.
 *
 * Units: bytes; each segment gets exactly the planned bufsz.
 * Errors: `does-not-fit` where the bytes are more than planned, or where something to make them of is missing.
 * Source: Linux arch/arm64/kernel/machine_kexec_file.c, arch/x86/kernel/kexec-bzimage64.c.
 */
export function buildImage(plan: LoadPlan, source: LoadSource): Result<KexecImage, AgentFailure> {
  const bytes = new Map<Planned, Uint8Array>()
  // The purgatory holds the digests of all others, so it is made last.
  const order = plan.segments.toSorted(
    (a, b) => Number(a.kind === 'purgatory') - Number(b.kind === 'purgatory'),
  )
  for (const segment of order) {
    const made = segmentBytes(segment, plan, source, bytes)
    if (typeof made === 'string')
      return { ok: false, error: { code: 'does-not-fit', detail: `${segment.kind}: ${made}` } }
    bytes.set(segment, made)
  }
  const segments: KexecSegment[] = plan.segments.map((s) => ({
    kind: s.kind,
    mem: Number(s.mem),
    memsz: s.memsz,
    bytes: bytes.get(s) as Uint8Array,
  }))
  const dtb = segments.find((s) => s.kind === 'dtb')
  return { ok: true, value: { segments, entry: Number(plan.entry), dtb: dtb ? dtb.mem : null } }
}

/** The bytes of one segment, or what stands against it. */
function segmentBytes(
  segment: Planned,
  plan: LoadPlan,
  source: LoadSource,
  done: ReadonlyMap<Planned, Uint8Array>,
): Uint8Array | string {
  switch (segment.kind) {
    case 'kernel':
      return kernelBytes(segment, source)
    case 'initrd':
      return source.initrd?.length === segment.bufsz ? source.initrd : `expected ${segment.bufsz} bytes`
    case 'dtb':
      return dtbBytes(segment, plan, source.devicetree ?? source.snapshot.fdt)
    case 'boot_params':
      return bootParamsBytes({ segment, plan, source })
    case 'purgatory':
      return purgatoryOf(segment, plan, done)
    case 'elfcorehdr':
    case 'backup':
    case 'efi_map':
    case 'efi_setup_data':
    case 'rng_seed':
    case 'ima':
    case 'kho':
      return 'only images for a reboot, placed as the kernel places them, are loaded by this agent'
  }
}

/** arm64 loads the file whole, x86_64 without its real-mode setup part. */
function kernelBytes(segment: Planned, { kernel, snapshot }: LoadSource): Uint8Array | string {
  const setup = snapshot.arch === 'x86_64' ? ((kernel[0x1f1] || 4) + 1) * 512 : 0
  const bytes = kernel.subarray(setup, setup + segment.bufsz)
  return bytes.length === segment.bufsz
    ? bytes
    : `${kernel.length} bytes are fewer than ${setup} + ${segment.bufsz}`
}

function purgatoryOf(
  segment: Planned,
  plan: LoadPlan,
  done: ReadonlyMap<Planned, Uint8Array>,
): Uint8Array | string {
  const kernel = plan.segments.find((s) => s.kind === 'kernel')
  const argument = plan.segments.find((s) => s.kind === 'boot_params' || s.kind === 'dtb')
  if (!kernel || !argument) return 'nothing to jump to'
  const offset = argument.kind === 'boot_params' ? ENTRY_64 : 0
  const checks = [...done].map(([s, bytes]) => ({
    range: rangeOfSize(Number(s.mem), bytes.length),
    sha256: digestOfBytes(bytes, 0, bytes.length, sha256),
  }))
  return purgatoryBytes(
    { jump: Number(kernel.mem) + offset, argument: Number(argument.mem), checks },
    segment.bufsz,
  )
}
