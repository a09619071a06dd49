import {
  emulatedHost,
  generatedImages,
  memoryJournal,
  sha256,
  type ApplyWith,
  type EmulatedHost,
} from '../../src/agent/index.ts'
import type { MachineOptions } from '../../src/machine/index.ts'
import {
  planLoad,
  planText,
  readSnapshot,
  type FirmwarePlan,
  type PlanBody,
  type Snapshot,
} from '../../src/planner/index.ts'
import type { HandedOut } from '../../src/agent/index.ts'
import type { BootEntry } from '../../src/wire/boot-entry.ts'
import type { Report } from '../../src/wire/plan.ts'
import { hostFile, loadCapture } from '../capture.ts'

/** Small on purpose: what is tested does not depend on the initrd's size. */
const INITRD_SIZE = 0x123456
const ID_DIGITS = 26

/** A boot entry for the kernel whose head lies beside a capture; null where the experiment left none. */
export function bootEntryFor(name: string, options: string): BootEntry | null {
  const header = hostFile(name, 'kernel-header.bin')
  const cases = JSON.parse(hostFile(name, 'case.json')?.toString() ?? '{}')
  const kernels = Object.values(
    (cases.kernels ?? {}) as { [name: string]: { size: number; sha256: string; header_file: string } },
  )
  const kernel = kernels.find((k) => k.header_file === 'kernel-header.bin')
  if (!header || !kernel) return null
  return {
    id: 'boot_1',
    title: 'the kernel of the experiment',
    version: cases.running_kernel,
    architecture: cases.arch,
    linux: { sha256: kernel.sha256, size: kernel.size, header: header.toString('base64') },
    initrd: { sha256: sha256('initrd'), size: INITRD_SIZE },
    options: cases.arch === 'x86_64' ? `${options} nokaslr` : options,
    devicetree: null,
    created_at: '2026-01-01T00:00:00.000Z',
  }
}

export function planFor(
  snapshot: Snapshot,
  entry: BootEntry,
  more: Partial<Parameters<typeof planLoad>[0]> = {},
): PlanBody {
  const plan = planLoad(
    {
      snapshot,
      kernel: { head: Buffer.from(entry.linux.header, 'base64'), size: entry.linux.size },
      initrdSize: entry.initrd?.size ?? null,
      cmdline: entry.options,
      purpose: 'reboot',
      strategy: 'pinned',
      pins: [],
      booted: [],
      ...more,
    },
    sha256,
  )
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}

export function assignmentOf(body: PlanBody | FirmwarePlan, boot_entry: BootEntry): HandedOut {
  const digest = sha256(planText(body))
  const id = `plan_${digest.slice(0, ID_DIGITS)}`
  return { plan: { id, digest, body: body as HandedOut['plan']['body'] }, boot_entry }
}

export async function snapshotOf(host: EmulatedHost): Promise<Snapshot> {
  const snapshot = readSnapshot(await host.capture())
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  return snapshot.value
}

export interface Planned {
  readonly host: EmulatedHost
  readonly entry: BootEntry
  readonly body: PlanBody
  readonly assignment: HandedOut
  readonly given: ApplyWith
  /** What was said to the service and written down, in order. */
  readonly said: string[]
  readonly reports: Report[]
}

/** An emulated host of a capture with a pinned plan for it, and everything an agent needs to apply it. */
export async function planned(name: string, options: Partial<MachineOptions> = {}): Promise<Planned> {
  const host = emulatedHost(loadCapture(name), { seed: 3, ...options })
  if (!host.ok) throw new Error(JSON.stringify(host.error))
  const entry = bootEntryFor(name, 'console=tty0 root=/dev/vda')
  if (!entry) throw new Error(`${name} has no kernel head`)
  const body = planFor(await snapshotOf(host.value), entry)
  const said: string[] = []
  const reports: Report[] = []
  const journal = memoryJournal()
  let serial = 0
  const given: ApplyWith = {
    // Whose it is and whether it is new has tests of its own: test/agent/verify.test.ts.
    verify: async () => ({ ok: true, value: { host: 'host_1', serial: ++serial, keys: [] } }),
    backend: host.value.backend,
    capture: host.value.capture,
    images: generatedImages(),
    journal: {
      ...journal,
      write: async (line) => {
        said.push(`journal ${line.phase}`)
        await journal.write(line)
      },
    },
    report: async (report) => {
      said.push(`report ${report.phase}`)
      reports.push(report)
      return { ok: true, value: null }
    },
  }
  return { host: host.value, entry, body, assignment: assignmentOf(body, entry), given, said, reports }
}
