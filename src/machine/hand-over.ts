import type { Range } from '../planner/bytes/range.ts'

/** What a kernel finds at its entry, checked: enough to say what its first minute looks like. */
export type HandOver = Arm64HandOver | X86HandOver

interface Common {
  /** The image as it lies in memory, from its first byte on. */
  readonly kernel: Range
  readonly cmdline: string
  readonly initrd: Range | null
}

export interface Arm64HandOver extends Common {
  readonly arch: 'arm64'
  /** The first 4 KiB of the image. */
  readonly head: Uint8Array
  readonly dtb: Range
  /** The device tree, byte for byte. */
  readonly tree: Uint8Array
}

export interface X86HandOver extends Common {
  readonly arch: 'x86_64'
  /** The 4 KiB page of boot_params. */
  readonly params: Uint8Array
  readonly paramsAt: Range
  /** What the kernel keeps of the setup_data list: marked in the resource tree, off page borders. */
  readonly setupData: readonly Range[]
}

/** Why a kernel that was jumped to did not come up. */
export type BootFailureCode =
  | 'nothing-loaded'
  | 'purgatory-halted'
  | 'protected-damaged'
  | 'no-kernel-at-entry'
  | 'kernel-damaged'
  | 'no-device-tree'
  | 'no-boot-params'
  | 'initrd-damaged'
  | 'no-memory'

export interface BootFailure {
  readonly code: BootFailureCode
  /** The first byte at fault; null where no place is at fault. */
  readonly where: number | null
  readonly detail: string
}
