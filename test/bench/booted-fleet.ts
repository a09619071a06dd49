import { demoHosts, type DemoHost } from '../../src/cli/demo/demo-hosts.ts'
import { firmwareBoot } from '../../src/machine/firmware-boot.ts'
import type { Random } from '../../src/machine/random.ts'
import { BLOB_FILES, type CaptureFiles } from '../../src/planner/index.ts'
import { drawsOf } from '../../src/simulate/draws.ts'
import { capturedFirmware, nextFirmware } from '../../src/simulate/firmware.ts'
import { RATES } from '../../src/simulate/rates.ts'
import { HOSTS } from '../capture.ts'

const MODELS = [
  'arm64-uefi-acpi-4g-boot1',
  'arm64-uefi-acpi-4g-debian61',
  'x86_64-ovmf-4g',
  'x86_64-seabios-8g-k612',
  'x86_64-ovmf-16g-high',
]

/** One host of a made-up fleet, boot after boot. */
export interface BootedHost {
  readonly machineId: string
  readonly arch: string
  /** The files of one boot after the other, as an agent would send them. */
  readonly boots: () => Generator<CaptureFiles>
}

/** How the boot log of each boot comes about. */
export type Log =
  /** The emulated machine's: what of it says anything about memory. Hardly longer than that. */
  | 'emulated'
  /** The captured one, whole: each line of another time than in any other boot. */
  | 'captured'

/** Hosts of five models, each with boots of its own, by firmware. */
export function bootedFleet(hosts: number, boots: number, log: Log): BootedHost[] {
  const models = demoHosts(HOSTS).filter(({ name }) => MODELS.includes(name))
  if (models.length !== MODELS.length) throw new Error('a model is no longer there')
  return Array.from({ length: hosts }, (_, i) => {
    const model = models[i % models.length] as DemoHost
    const machineId = `booted-${i}`
    const arch = model.name.startsWith('arm64') ? 'arm64' : 'x86_64'
    return { machineId, arch, boots: () => bootsOf(model, machineId, { boots, log }) }
  })
}

function* bootsOf(
  { files: captured }: DemoHost,
  host: string,
  { boots, log }: { boots: number; log: Log },
): Generator<CaptureFiles> {
  let firmware = capturedFirmware(captured)
  for (let boot = 1; boot <= boots; boot++) {
    const next = drawsOf(1, host, boot)
    if (boot > 1) firmware = nextFirmware(firmware, next, RATES)
    const files = firmwareBoot(firmware.template, firmware.growth, next.draws, RATES)
    const dmesg = log === 'emulated' ? files.dmesg : atOtherTimes(captured.dmesg ?? '', next.draws('log'))
    yield { ...files, 'boot-id': `${next.bootId}\n`, ...(dmesg !== undefined && { dmesg }) }
  }
}

/** A line takes as long as it takes; only those before the clock runs are of one time in every boot. */
function atOtherTimes(log: string, random: Random): string {
  let late = 0
  return log.replace(/^\[ *(\d+\.\d{6})\]/gm, (stamp, seconds: string) => {
    if (Number(seconds) === 0) return stamp
    late += random.below(1000) / 1e6
    return `[${(Number(seconds) + late).toFixed(6).padStart(12)}]`
  })
}

/** One line of a bulk. */
export function bulkLine(machine_id: string, all: CaptureFiles): string {
  const { 'boot-id': boot = '', ...files } = all
  const wire = Object.entries(files).map(([name, content]) => [
    name,
    (BLOB_FILES as readonly string[]).includes(name)
      ? Buffer.from(content as Uint8Array).toString('base64')
      : content,
  ])
  return `${JSON.stringify({ machine_id, boot_id: boot.trim(), files: Object.fromEntries(wire) as object })}\n`
}
