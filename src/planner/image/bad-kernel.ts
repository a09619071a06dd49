/** Why an image was refused. A closed list: the wire publishes it. */
export type BadKernelCode =
  | 'kernel-too-short'
  | 'kernel-compressed'
  | 'kernel-unknown'
  | 'kernel-other-arch'
  | 'kernel-32-bit'
  | 'kernel-not-loadable'

/** The field of the image's header that is at fault, and what the loader wants to find there. */
export interface BadKernel {
  readonly code: BadKernelCode
  /** Byte offset in the image; null where the file as a whole is at fault. */
  readonly offset: number | null
  readonly expected: string
  readonly found: string
}
