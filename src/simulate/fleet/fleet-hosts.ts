import { archOfCapture } from '../../agent/index.ts'
import { DEMO_HOSTS } from '../../cli/demo/demo.ts'
import { demoHosts, type DemoHost } from '../../cli/demo/demo-hosts.ts'
import type { CaptureFiles } from '../../planner/index.ts'

export interface FleetModel {
  readonly name: string
  readonly arch: 'arm64' | 'x86_64'
  readonly files: CaptureFiles
}

/** What every host of one architecture is to boot. */
export interface FleetEntry {
  readonly arch: 'arm64' | 'x86_64'
  readonly entry: object
  /** The same as it was before; what a host goes back to. */
  readonly before: object
  readonly release: string
}

/** A device tree that is mostly padding says nothing more, and a thousand of them fill the disk. Units: bytes. */
const MAX_TREE = 256 * 1024
/** Small: what is simulated does not depend on it. */
const INITRD_SIZE = 0x12345

/** The captured hosts that a fleet is made of, in the order of their names. */
export function fleetModels(folder: string = DEMO_HOSTS): FleetModel[] {
  return demoHosts(folder).flatMap((host) => {
    const arch = archOfCapture(host.files)
    const tree = host.files.fdt
    if (!arch.ok || (tree !== undefined && tree.length > MAX_TREE)) return []
    return [{ name: host.name, arch: arch.value, files: host.files }]
  })
}

/** One entry for each architecture, of the smallest kernel among its captures. */
export function fleetEntries(folder: string = DEMO_HOSTS): FleetEntry[] {
  const hosts = demoHosts(folder).sort((a, b) => a.kernel.size - b.kernel.size)
  return (['arm64', 'x86_64'] as const).flatMap((arch) => {
    const host = hosts.find((h) => archIs(h, arch))
    if (!host) return []
    const { kernel, cmdline } = host
    const release = host.files.uname?.split(' ')[2] ?? 'unknown'
    const entry = {
      title: `next kernel of the ${arch} fleet`,
      version: release,
      architecture: arch,
      linux: {
        sha256: kernel.sha256,
        size: kernel.size,
        header: Buffer.from(kernel.head).toString('base64'),
      },
      initrd: { sha256: host.initrd?.sha256 ?? kernel.sha256, size: INITRD_SIZE },
      // No capture has it: whoever runs with it came by this rollout. Without nokaslr nothing could be proven.
      options: `${cmdline} nokaslr berth.fleet=1`,
    }
    const before = {
      ...entry,
      title: `kernel of the ${arch} fleet before`,
      options: `${cmdline} nokaslr berth.fleet=0`,
    }
    return [{ arch, entry, before, release }]
  })
}

function archIs(host: DemoHost, arch: string): boolean {
  const found = archOfCapture(host.files)
  return found.ok && found.value === arch
}
