import { bootTemplate, type BootTemplate } from '../machine/boot-template.ts'
import { happens } from '../machine/boot-variation.ts'
import { firmwareArea, firmwareStep, withFirmwareAt, type FirmwareArea } from '../machine/firmware-change.ts'
import type { Growth } from '../machine/grown-tree.ts'
import { machineFrom, type Machine } from '../machine/index.ts'
import type { CaptureFiles } from '../planner/index.ts'
import type { BootDraws } from './draws.ts'
import type { Rates } from './rates.ts'

/** A host's firmware and boot loader as they stand at one boot: what stays until it changes again. */
export interface Firmware {
  readonly captured: CaptureFiles
  readonly area: FirmwareArea | null
  /** Of a step, in bytes. */
  readonly step: number
  /** How far what firmware keeps lies from where it was captured. Units: bytes. */
  readonly moved: number
  readonly growth: Growth
  readonly template: BootTemplate
}

export function capturedFirmware(captured: CaptureFiles): Firmware {
  const template = bootTemplate(running(captured, 0))
  const area = firmwareArea(template)
  return {
    captured,
    area,
    step: firmwareStep(template),
    moved: 0,
    growth: { initrd: 0, dtb: 0 },
    template,
  }
}

/** The firmware that the next boot meets: mostly the same. */
export function nextFirmware(before: Firmware, { draws }: BootDraws, rates: Rates): Firmware {
  const growth = {
    initrd: grown(before.growth.initrd, draws('initrd grows'), {
      odds: rates.initrd_grows,
      by: rates.initrd_growth_bytes,
      most: rates.initrd_growth_most_bytes,
    }),
    dtb: grown(before.growth.dtb, draws('dtb grows'), {
      odds: rates.dtb_grows,
      by: rates.dtb_growth_bytes,
      most: rates.dtb_growth_most_bytes,
    }),
  }
  const moved = movedTo(before, draws('firmware'), rates)
  if (moved === before.moved || !before.area) return { ...before, growth }
  const template = bootTemplate(running(withFirmwareAt(before.captured, before.area, moved), 0))
  return { ...before, growth, moved, template }
}

type Random = ReturnType<BootDraws['draws']>

function grown(size: number, random: Random, rate: { odds: number; by: number; most: number }): number {
  if (!happens(random, rate.odds)) return size
  return Math.min(size + 1 + random.below(rate.by), rate.most)
}

function movedTo({ area, step, moved }: Firmware, random: Random, rates: Rates): number {
  if (!area || !happens(random, rates.firmware_change)) return moved
  const most = rates.firmware_move_bytes
  const down = Math.floor(Math.min(area.down, most) / step)
  const up = Math.floor(Math.min(area.up, most) / step)
  return (random.below(down + up + 1) - down) * step
}

/** The simulator writes captures that can be read; anything else is a fault of its own. */
export function running(files: CaptureFiles, seed: number): Machine {
  const machine = machineFrom(files, { seed, gicHazards: true })
  if (!machine.ok)
    throw new Error(`a simulated boot gave an unreadable capture: ${JSON.stringify(machine.error)}`)
  return machine.value
}
