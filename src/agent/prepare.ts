import type { KexecImage } from '../machine/index.ts'
import {
  HEADER_BYTES,
  fdtBytes,
  memoryText,
  readFdt,
  readSnapshot,
  type CaptureFiles,
  type Fdt,
  type PlanBody,
  type Result,
} from '../planner/index.ts'
import type { Assignment } from '../wire/agent.ts'
import { buildImage } from './build-image.ts'
import { failed, type AgentFailure } from './failure.ts'
import type { ImageSource } from './images.ts'
import { sha256 } from './sha256.ts'

/**
 * The image that a plan describes, once this boot, its memory and the bytes are those that it was made for.
 *
 * Errors: everything that can be found wrong before the kernel is asked for anything.
 */
export async function prepare(
  { plan, boot_entry }: Pick<Assignment, 'plan' | 'boot_entry'>,
  files: CaptureFiles,
  images: ImageSource,
): Promise<Result<KexecImage, AgentFailure>> {
  const body = plan.body as PlanBody
  const read = readSnapshot(files)
  if (!read.ok) {
    const first = read.error[0]
    return failed('bad-capture', `${first?.file} line ${first?.line}: expected ${first?.expected}`)
  }
  const snapshot = read.value
  const { inputs } = body
  if (inputs.boot_id === null || inputs.boot_id !== snapshot.bootId) {
    return failed('stale-plan', `made for boot ${inputs.boot_id}, this is boot ${snapshot.bootId}`)
  }
  const memoryDigest = sha256(memoryText(snapshot))
  if (inputs.memory_digest !== memoryDigest) {
    return failed('stale-plan', `made for memory ${inputs.memory_digest}, this is ${memoryDigest}`)
  }
  if (boot_entry.options.trim() !== inputs.cmdline.trim())
    return failed('wrong-image', 'the command line is not the planned one')

  const kernel = await images.kernel(boot_entry)
  const initrd = await images.initrd(boot_entry)
  if (!kernel || (boot_entry.initrd && !initrd))
    return failed('image-missing', `no bytes for ${boot_entry.title}`)
  const wrong = wrongImage(boot_entry, { kernel, initrd }, inputs, images.generated)
  if (wrong) return failed('wrong-image', wrong)
  const tree = devicetreeOf(boot_entry, body)
  if (tree === 'wrong') return failed('wrong-image', 'the device tree is not the planned one')
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
