import { describe, expect, test } from 'vitest'
import { bootTemplate, type BootTemplate } from '../../src/machine/boot-template.ts'
import type { BootVariation, Draws } from '../../src/machine/boot-variation.ts'
import { firmwareArea, withFirmwareAt } from '../../src/machine/firmware-change.ts'
import { firmwareBoot } from '../../src/machine/firmware-boot.ts'
import { kernelLines } from '../../src/machine/kernel-layout.ts'
import { machineFrom } from '../../src/machine/index.ts'
import { seededRandom, seedOf } from '../../src/machine/random.ts'
import { contains, merged, overlaps, range, subtract, type Range } from '../../src/planner/bytes/range.ts'
import { hardwareText, hex, readSnapshot, type CaptureFiles, type Snapshot } from '../../src/planner/index.ts'
import { RATES } from '../../src/simulate/rates.ts'
import { captureNames, loadCapture } from '../capture.ts'

const NOTHING = Object.fromEntries(Object.keys(RATES).map((name) => [name, 0])) as unknown as BootVariation
const ALWAYS: BootVariation = {
  ...RATES,
  small_shift: 1,
  large_shift: 1,
  stub_shift: 1,
  table_shift: 1,
  efi_map_splits: 1,
}
const NO_GROWTH = { initrd: 0, dtb: 0 }
const NAMES = captureNames()

function template(files: CaptureFiles): BootTemplate {
  const machine = machineFrom(files, { seed: 1 })
  if (!machine.ok) throw new Error(JSON.stringify(machine.error))
  return bootTemplate(machine.value)
}

function draws(boot: number): Draws {
  return (what) => seededRandom(seedOf(`${boot} ${what}`))
}

function read(files: CaptureFiles): Snapshot {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  return snapshot.value
}

function text(ranges: readonly Range[]): string[] {
  return merged(ranges).map((r) => `${hex(r.start)}-${hex(r.last)}`)
}

/** A blob as text: comparing a tree of a mebibyte byte by byte takes seconds. */
function texts(files: CaptureFiles): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      typeof file === 'string' ? file : Buffer.from(file).toString('base64'),
    ]),
  )
}

function reserved({ memblock }: Snapshot): Range[] {
  return (memblock?.reserved ?? []).map((r) => r.range)
}

function imageOf({ iomem }: Snapshot): Range {
  const lines = kernelLines(iomem)
  return range(lines[0]?.range.start ?? 0, lines.at(-1)?.range.last ?? 0)
}

test.each(NAMES)('%s: where nothing varies, the boot is the captured one', (name) => {
  const captured = template(loadCapture(name))
  const now = read(firmwareBoot({ ...captured, slots: [] }, NO_GROWTH, draws(1), NOTHING))
  const was = captured.machine.snapshot
  expect(text(reserved(now))).toEqual(text(reserved(was)))
  const nested = (s: Snapshot) => s.iomem.flatMap((e) => (e.name === 'System RAM' ? e.children : []))
  expect(text(nested(now).map((e) => e.range))).toEqual(text(nested(was).map((e) => e.range)))
  expect(hardwareText(now)).toBe(hardwareText(was))
})

describe.each(NAMES)('%s, where all varies', (name) => {
  const captured = template(loadCapture(name))

  test('twenty boots: readable, in memory, nothing over the image or what firmware keeps', () => {
    for (let boot = 1; boot <= 20; boot++) {
      const now = read(firmwareBoot(captured, NO_GROWTH, draws(boot), ALWAYS))
      const image = imageOf(now)
      const ram = now.iomem.filter((e) => e.name === 'System RAM').map((e) => e.range)
      expect(ram.some((r) => contains(r, image))).toBe(true)
      const memory = (now.memblock?.memory ?? []).map((r) => r.range)
      expect(subtract(reserved(now), memory), `boot ${boot}`).toEqual([])
      const kept = captured.machine.canaries
        .map((c) => c.range)
        .filter((r) => !captured.persistent.some((p) => overlaps(p, r)))
      expect(kept.filter((r) => overlaps(r, image))).toEqual([])
      const tables = now.dmesg?.lpiTables ?? []
      expect(tables.filter((t) => overlaps(t.range, image))).toEqual([])
      expect(hardwareText(now)).toBe(hardwareText(captured.machine.snapshot))
    }
  })

  test('the same draws give the same capture', () => {
    const shown = () => texts(firmwareBoot(captured, NO_GROWTH, draws(3), ALWAYS))
    expect(shown()).toEqual(shown())
  })

  test('the image moves where KASLR may move it, and only there', () => {
    const places = new Set(
      [1, 2, 3, 4].map((boot) => imageOf(read(firmwareBoot(captured, NO_GROWTH, draws(boot), ALWAYS))).start),
    )
    expect(places.size > 1).toBe(captured.slots.length > 0)
  })

  test('changed firmware is other hardware, and changed back it is the same', () => {
    const area = firmwareArea(captured)
    const { files, snapshot } = captured.machine
    if (!area) return expect(snapshot.efi).toBe(false)
    for (const by of [-Math.min(area.down, 0x400000), Math.min(area.up, 0x400000)].filter((n) => n !== 0)) {
      const moved = read(withFirmwareAt(files, area, by))
      expect(hardwareText(moved)).not.toBe(hardwareText(snapshot))
    }
    expect(withFirmwareAt(files, area, 0)).toBe(files)
  })
})

test.each(['arm64-dt-1g', 'arm64-dt-2g-numa2-hotplug-k612'])('%s: a longer initrd and tree', (name) => {
  const captured = template(loadCapture(name))
  const grown = { initrd: 0x12000, dtb: 0x2000 }
  const now = template(firmwareBoot(captured, grown, draws(1), NOTHING))
  expect(now.initrd?.start).toBe(captured.initrd?.start)
  expect((now.initrd?.last ?? 0) - (captured.initrd?.last ?? 0)).toBe(0x12000)
  expect((now.machine.snapshot.fdtSize ?? 0) - (captured.machine.snapshot.fdtSize ?? 0)).toBe(0x2000)
  expect(now.dtb?.start).toBe(captured.dtb?.start)
})
