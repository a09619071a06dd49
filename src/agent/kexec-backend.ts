import type { Bootable, FirmwarePlan, Result } from '../planner/index.ts'
import type { BootFailure, KexecImage, LoadedSegment, LoadRefusal } from '../machine/index.ts'

/** Whatever books images and jumps into them: a kernel, or the emulated machine. */
export interface KexecBackend {
  /**
   * Books an image; nothing at its destinations changes.
   * Errors: what the kernel refuses.
   */
  load(image: KexecImage): Promise<Result<readonly LoadedSegment[], LoadRefusal>>
  /** Drops what is booked, if anything is. */
  unload(): Promise<void>
  /** What is booked, as the backend holds it; null where nothing is. */
  loaded(): Promise<readonly LoadedSegment[] | null>
  /**
   * Jumps. A real one never returns; the emulated one returns when the host is up again.
   * `release`: the next kernel's, where the boot entry names it.
   * Errors: why the next kernel did not come up.
   */
  exec(release: string | null): Promise<Result<null, BootFailure>>
  /**
   * Leaves the host to its firmware: `cold` restarts it, `powercycle` waits for the power to go, which somebody was told
   * to take away. A boot loader that can be told boots `entry` next, once. Returns as `exec` does.
   * Errors: why the host is still up.
   */
  reboot(
    mode: FirmwarePlan['mode'],
    entry: Bootable,
  ): Promise<Result<null, { readonly code: string; readonly detail: string }>>
}
