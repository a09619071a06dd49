import { sha256 } from '../agent/sha256.ts'
import type { DemoHost } from '../cli/demo/demo-hosts.ts'
import { happens } from '../machine/boot-variation.ts'
import { firmwareBoot } from '../machine/firmware-boot.ts'
import type { Machine } from '../machine/index.ts'
import { settledBoot } from '../machine/settled-boot.ts'
import {
  bootGround,
  hardwareText,
  pinsOf,
  planLoad,
  rangeOfSize,
  type BootGround,
  type CaptureFiles,
  type Pin,
  type PlanBody,
  type Range,
  type StrategyName,
} from '../planner/index.ts'
import { drawsOf, type BootDraws } from './draws.ts'
import { nextFirmware, running, type Firmware } from './firmware.ts'
import type { Rates } from './rates.ts'
import { isViolation, jump, loadPlan, overlapIn, type Images } from './safety.ts'
import { counter, type Tally } from './tally.ts'

export interface ChainOptions {
  readonly seed: number
  readonly boots: number
  readonly rates: Rates
  /** For tests: what stands between the planner and the machine. */
  readonly tamper?: (plan: PlanBody, machine: Machine, boot: number) => PlanBody
}

/** How many boots on the same hardware the service remembers. */
const REMEMBERED = 16
/** Of plans that lie over what is guarded, so many are jumped into all the same, to see what comes of it. */
const PROVED = 5

/**
 * One host booted again and again under one strategy: each boot plans the next, which comes by kexec, as that plan
 * is really loaded and jumped into, or by firmware. A boot that kexec does not give comes by firmware.
 */
export function chain(
  host: DemoHost,
  images: Images,
  first: Firmware,
  strategy: StrategyName,
  options: ChainOptions,
): Tally {
  const count = counter(strategy)
  const grounds = new Map<string, BootGround[]>()
  let firmware = first
  let files: CaptureFiles = first.captured
  let hardware: string | null = null
  let pins: readonly Pin[] = []
  let booted: readonly Range[] = []
  for (let boot = 1; boot <= options.boots; boot++) {
    const machine = running(files, drawsOf(options.seed, host.name, boot).seed)
    const { snapshot } = machine
    const text = hardwareText(snapshot)
    const changed = hardware !== null && text !== hardware
    hardware = text
    const remembered = grounds.get(text) ?? []
    const planned = planLoad(
      {
        snapshot,
        kernel: host.kernel,
        initrdSize: host.initrd?.size ?? null,
        cmdline: host.cmdline,
        purpose: 'reboot',
        strategy,
        pins,
        booted,
        ...(strategy === 'pinned' ? { history: remembered } : {}),
      },
      sha256,
    )
    count.tally.boots++
    if (changed) count.tally.firmware_changes++
    if (strategy === 'pinned')
      grounds.set(text, [...remembered, bootGround(snapshot, booted)].slice(-REMEMBERED))

    const plan = planned.ok ? (options.tamper?.(planned.value, machine, boot) ?? planned.value) : null
    if (!planned.ok) count.refused(boot, planned.error.code)
    if (plan) {
      count.plan(boot, plan, changed)
      pins = pinsOf(plan, pins)
    }
    const next = drawsOf(options.seed, host.name, boot + 1)
    const wantsFirmware = happens(next.draws('how'), options.rates.boot_by_firmware)
    const proves = count.tally.violations < PROVED
    const jumped =
      plan && tried(plan, machine, images, { jumps: !wantsFirmware, proves }, (v) => count.violated(boot, v))
    if (jumped === 'no-loader') count.tally.no_loader++
    if (wantsFirmware) firmware = nextFirmware(firmware, next, options.rates)
    if (plan && jumped && typeof jumped === 'object') {
      count.tally.by_kexec++
      files = withBootId(settled(plan, machine, jumped, firmware, next, options.rates), next)
      booted = strategy === 'pinned' ? plan.segments.map((s) => rangeOfSize(Number(s.mem), s.memsz)) : []
    } else {
      files = withBootId(firmwareBoot(firmware.template, firmware.growth, next.draws, options.rates), next)
      booted = []
    }
  }
  return count.tally
}

/** Loads a plan and, where the next boot is to be by kexec, jumps; whatever goes wrong is one violation. */
function tried(
  plan: PlanBody,
  machine: Machine,
  images: Images,
  { jumps, proves }: { jumps: boolean; proves: boolean },
  violated: (v: NonNullable<ReturnType<typeof overlapIn>>) => void,
): CaptureFiles | 'no-loader' | null {
  const overlap = overlapIn(plan, machine)
  const loaded = loadPlan(plan, machine, images)
  const next = loaded === 'booked' && jumps && (proves || !overlap) ? jump(machine) : null
  const failed = [next, overlap, loaded].find((v) => v !== null && typeof v === 'object' && isViolation(v))
  if (failed && typeof failed === 'object' && isViolation(failed)) violated(failed)
  if (loaded === 'no-loader') return loaded
  return next && !isViolation(next) ? next : null
}

function settled(
  plan: PlanBody,
  machine: Machine,
  next: CaptureFiles,
  firmware: Firmware,
  { draws }: BootDraws,
  rates: Rates,
): CaptureFiles {
  const dtb = plan.segments.find((s) => s.kind === 'dtb')
  const initrd = plan.segments.find((s) => s.kind === 'initrd')
  const into = {
    dtb: dtb ? Number(dtb.mem) : null,
    initrd: initrd ? rangeOfSize(Number(initrd.mem), initrd.bufsz) : null,
    kaslr: !/(^|\s)nokaslr(\s|$)/.test(plan.inputs.cmdline),
  }
  return settledBoot(firmware.template, machine, next, into, draws, rates)
}

function withBootId(files: CaptureFiles, { bootId }: BootDraws): CaptureFiles {
  return { ...files, 'boot-id': `${bootId}\n` }
}
