import { coldBoot, execAndBoot, load, machineFrom, unload } from '../machine/index.ts'
import type { Machine, MachineOptions } from '../machine/index.ts'
import type { BadInput, CaptureFiles, Result } from '../planner/index.ts'
import type { KexecBackend } from './kexec-backend.ts'
import { sha256 } from './sha256.ts'

/** A host that exists only here: what it would tell of itself, and kexec on it. */
export interface EmulatedHost {
  readonly backend: KexecBackend
  /** The running boot's capture, as `collect` would give it on a real host. */
  capture(): Promise<CaptureFiles>
  /** Off and on again, by hand. */
  powerCycle(): void
}

/**
 * Sets up a host from the capture of one of its boots; each `exec` makes the next, by firmware where the
 * kernel did not come up.
 *
 * Errors: those of reading the capture.
 */
export function emulatedHost(
  files: CaptureFiles,
  options: MachineOptions,
): Result<EmulatedHost, readonly BadInput[]> {
  const firmwareBoot = withBootId(files)
  const first = machineFrom(firmwareBoot, options)
  if (!first.ok) return first
  let machine: Machine = first.value
  const boot = (next: CaptureFiles): void => {
    machine = running(next, options)
  }
  const backend: KexecBackend = {
    async load(image) {
      const loaded = load(machine, image, sha256)
      return loaded.ok ? { ok: true, value: loaded.value.segments } : loaded
    },
    async unload() {
      unload(machine)
    },
    async loaded() {
      return machine.loaded?.segments ?? null
    },
    async exec(release) {
      const next = execAndBoot(machine, release, sha256)
      // A kernel that does not come up panics, and its watchdog gives the host back to the firmware.
      boot(next.ok ? next.value : coldBoot(machine, firmwareBoot, sha256))
      if (!next.ok) return next
      return { ok: true, value: null }
    },
    async reboot(_mode, entry) {
      boot(coldBoot(machine, firmwareBoot, sha256, entry))
      return { ok: true, value: null }
    },
  }
  return {
    ok: true,
    value: {
      backend,
      capture: async () => machine.files,
      powerCycle: () => boot(coldBoot(machine, firmwareBoot, sha256)),
    },
  }
}

/** Old captures carry no boot id, and without one no two boots can be told apart. */
function withBootId(files: CaptureFiles): CaptureFiles {
  if (files['boot-id'] !== undefined) return files
  const digest = sha256(`${files.uname ?? ''}${files.iomem ?? ''}${files.cmdline ?? ''}`)
  const id = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `9${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ]
  return { ...files, 'boot-id': `${id.join('-')}\n` }
}

/** The machine writes captures that can be read; anything else is a fault of the machine itself. */
function running(files: CaptureFiles, options: MachineOptions): Machine {
  const machine = machineFrom(files, options)
  if (!machine.ok)
    throw new Error(`the emulated boot gave an unreadable capture: ${JSON.stringify(machine.error)}`)
  return machine.value
}
