import type { CaptureFiles, Fdt, PlanBody, Snapshot } from '../planner/index.ts'

/** The part of a plan that says what lies where. */
export type LoadPlan = Pick<PlanBody, 'segments' | 'entry'> & {
  readonly inputs: { readonly cmdline: string }
}

export interface LoadSource {
  readonly files: CaptureFiles
  readonly snapshot: Snapshot
  /** Whole images. */
  readonly kernel: Uint8Array
  readonly initrd: Uint8Array | null
  /** arm64: the tree that the boot entry brings; the running kernel's where it is left out. */
  readonly devicetree?: Fdt
}
