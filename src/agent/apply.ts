import { digestOfBytes, type KexecImage, type LoadedSegment } from '../machine/index.ts'
import {
  HEADER_BYTES,
  fdtBytes,
  memoryText,
  planText,
  readFdt,
  readSnapshot,
  type CaptureFiles,
  type Fdt,
  type PlanBody,
  type Result,
} from '../planner/index.ts'
import type { Assignment } from '../wire/agent.ts'
import type { Report } from '../wire/plan.ts'
import { buildImage } from './build-image.ts'
import type { AgentFailure } from './failure.ts'
import type { ImageSource } from './images.ts'
import type { Journal } from './journal.ts'
import type { KexecBackend } from './kexec-backend.ts'
import { sha256 } from './sha256.ts'

/** Everything that applying a plan touches. */
export interface ApplyWith {
  readonly backend: KexecBackend
  readonly capture: () => Promise<CaptureFiles>
  readonly images: ImageSource
  readonly journal: Journal
  readonly report: (report: Report) => Promise<Result<null, AgentFailure>>
}

/**
 * How far it came. `refused` and `failed` were reported, and nothing is loaded any more; of `crashed` no
 * agent can tell the service: the next boot's snapshot does.
 */
export type Applied =
  | { readonly outcome: 'jumped' }
  | { readonly outcome: 'refused' | 'failed' | 'crashed'; readonly because: AgentFailure }

/**
 * Applies an assigned plan: looks again, loads, checks what was loaded, says so, and jumps.
 *
 * A plan made of another boot, of other memory, or whose bytes are not what its digest says is refused
 * before anything is loaded. What the backend holds is compared with the plan; what differs is
 * unloaded. Before the jump it is written down that it comes.
 */
export async function applyPlan(assignment: Assignment, given: ApplyWith): Promise<Applied> {
  const files = await given.capture()
  const { plan, boot_entry } = assignment
  const bootId = (files['boot-id'] ?? '').trim()
  const end = async (outcome: 'refused' | 'failed', because: AgentFailure): Promise<Applied> => {
    await given.journal.write({ plan: plan.id, phase: outcome, boot_id: bootId })
    await given.report({
      plan: plan.id,
      phase: outcome,
      boot_id: bootId,
      detail: `${because.code}: ${because.detail}`,
    })
    return { outcome, because }
  }

  const ready = await prepare(assignment, files, given.images)
  if (!ready.ok) return end('refused', ready.error)
  const loaded = await given.backend.load(ready.value)
  if (!loaded.ok) {
    const { code, detail } = loaded.error
    return end('failed', { code: 'load-refused', detail: `${code}: ${detail}` })
  }
  const held = await given.backend.loaded()
  const difference = differenceFrom(plan.body, ready.value, held)
  if (difference !== null) {
    await given.backend.unload()
    return end('failed', { code: 'loaded-differs', detail: difference })
  }
  const said = await sayLoaded(plan.id, bootId, held ?? [], given)
  if (!said.ok) {
    // Who does not know that this host is about to jump cannot tell a landing from a crash.
    await given.backend.unload()
    return { outcome: 'failed', because: said.error }
  }
  const jumped = await given.backend.exec(boot_entry.version)
  if (jumped.ok) return { outcome: 'jumped' }
  return {
    outcome: 'crashed',
    because: { code: 'did-not-boot', detail: `${jumped.error.code}: ${jumped.error.detail}` },
  }
}

async function sayLoaded(
  plan: string,
  boot_id: string,
  held: readonly LoadedSegment[],
  { journal, report }: ApplyWith,
): Promise<Result<null, AgentFailure>> {
  const segments = held.map((s) => ({ mem: hexOf(s.mem), bufsz: s.bufsz, memsz: s.memsz, sha256: s.sha256 }))
  await journal.write({ plan, phase: 'loaded', boot_id })
  const loaded = await report({ plan, phase: 'loaded', boot_id, segments })
  if (!loaded.ok) return loaded
  await journal.write({ plan, phase: 'executing', boot_id })
  return report({ plan, phase: 'executing', boot_id })
}

/** All that can be found wrong before the kernel is asked for anything. */
async function prepare(
  { plan, boot_entry }: Assignment,
  files: CaptureFiles,
  images: ImageSource,
): Promise<Result<KexecImage, AgentFailure>> {
  const body = plan.body as PlanBody
  if (sha256(planText(body)) !== plan.digest)
    return failure('tampered-plan', 'the digest is not that of the body')
  const read = readSnapshot(files)
  if (!read.ok) {
    const first = read.error[0]
    return failure('bad-capture', `${first?.file} line ${first?.line}: expected ${first?.expected}`)
  }
  const snapshot = read.value
  const { inputs } = body
  if (inputs.boot_id === null || inputs.boot_id !== snapshot.bootId) {
    return failure('stale-plan', `made for boot ${inputs.boot_id}, this is boot ${snapshot.bootId}`)
  }
  const memoryDigest = sha256(memoryText(snapshot))
  if (inputs.memory_digest !== memoryDigest) {
    return failure('stale-plan', `made for memory ${inputs.memory_digest}, this is ${memoryDigest}`)
  }
  if (boot_entry.options.trim() !== inputs.cmdline.trim())
    return failure('wrong-image', 'the command line is not the planned one')

  const kernel = await images.kernel(boot_entry)
  const initrd = await images.initrd(boot_entry)
  if (!kernel || (boot_entry.initrd && !initrd))
    return failure('image-missing', `no bytes for ${boot_entry.title}`)
  const wrong = wrongImage(boot_entry, { kernel, initrd }, inputs, images.generated)
  if (wrong) return failure('wrong-image', wrong)
  const tree = devicetreeOf(boot_entry, body)
  if (tree === 'wrong') return failure('wrong-image', 'the device tree is not the planned one')
  return buildImage(body, { files, snapshot, kernel, initrd, ...(tree ? { devicetree: tree } : {}) })
}

/** The tree that the plan was made with; null where it takes the running kernel's. */
function devicetreeOf({ devicetree }: Assignment['boot_entry'], body: PlanBody): Fdt | 'wrong' | null {
  const planned = body.inputs.devicetree_digest
  // kexec_file_load edits the running kernel's tree, whatever the entry brings.
  if (planned === undefined || body.strategy === 'kexec_file') return null
  const read = devicetree && readFdt(Uint8Array.from(Buffer.from(devicetree.data, 'base64')))
  return read?.ok && sha256(fdtBytes(read.value)) === planned ? read.value : 'wrong'
}

function wrongImage(
  entry: Assignment['boot_entry'],
  { kernel, initrd }: { kernel: Uint8Array; initrd: Uint8Array | null },
  inputs: PlanBody['inputs'],
  generated: boolean,
): string | null {
  if (kernel.length !== inputs.kernel_size)
    return `the kernel has ${kernel.length} bytes, planned ${inputs.kernel_size}`
  if (sha256(kernel.subarray(0, HEADER_BYTES)) !== inputs.kernel_header_digest)
    return 'the head of the kernel is not the planned one'
  if ((initrd?.length ?? null) !== inputs.initrd_size)
    return `the initrd has ${initrd?.length} bytes, planned ${inputs.initrd_size}`
  if (generated) return null
  if (sha256(kernel) !== entry.linux.sha256) return 'the kernel is not the one of the boot entry'
  return initrd && sha256(initrd) !== entry.initrd?.sha256
    ? 'the initrd is not the one of the boot entry'
    : null
}

/** Where what is held differs from what was planned, in words; null where it does not. */
function differenceFrom(
  body: PlanBody,
  image: KexecImage,
  held: readonly LoadedSegment[] | null,
): string | null {
  if (!held || held.length !== body.segments.length)
    return `${held?.length ?? 0} segments held, ${body.segments.length} planned`
  for (const [i, planned] of body.segments.entries()) {
    const found = held[i] as LoadedSegment
    const bytes = image.segments[i]?.bytes ?? new Uint8Array(0)
    const same =
      hexOf(found.mem) === planned.mem && found.bufsz === planned.bufsz && found.memsz === planned.memsz
    if (!same)
      return `${planned.kind} is at ${hexOf(found.mem)} with ${found.bufsz} of ${found.memsz} bytes, planned ${planned.mem}`
    if (found.sha256 !== digestOfBytes(bytes, 0, bytes.length, sha256))
      return `${planned.kind} holds other bytes than were given`
  }
  return null
}

function hexOf(n: number): string {
  return `0x${n.toString(16)}`
}

function failure(code: AgentFailure['code'], detail: string): Result<never, AgentFailure> {
  return { ok: false, error: { code, detail } }
}
