import { alignDown } from '../planner/bytes/align.ts'
import { overlaps, range, sizeOf, type Range } from '../planner/bytes/range.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { renderIomem } from '../planner/read/iomem.ts'
import { renderMemblock } from '../planner/read/memblock.ts'
import { mapAddresses, shortLog } from './boot-log.ts'
import type { BootTemplate } from './boot-template.ts'
import { drawnShift, type BootVariation, type Draws } from './boot-variation.ts'
import { drawnPlace } from './drawn-place.ts'
import { earlyMemory, imageOf, placedAbove, placedBelow } from './early-memory.ts'
import { grownTree, type Growth } from './grown-tree.ts'
import type { KernelLine } from './kernel-layout.ts'
import { splitEfiMap } from './split-efi-map.ts'
import { x86Tree } from './x86-tree.ts'

const STUB_STEP = 0x10000
/** arm64's image may stand on every multiple of this. Units: bytes. */
const SLOT = 0x10000

/**
 * Another boot of the same host by its firmware and boot loader: the capture that it would give.
 *
 * The image goes where KASLR puts it, what EFI stub and loader place goes around it, then the kernel makes its own
 * reservations; the rest is as captured. The boot id is the caller's to give.
 *
 * Units: bytes.
 * Source: Linux drivers/firmware/efi/libstub, arch/x86/boot/compressed/kaslr.c, mm/memblock.c.
 */
export function firmwareBoot(
  template: BootTemplate,
  growth: Growth,
  draws: Draws,
  variation: BootVariation,
): CaptureFiles {
  const { files, snapshot } = template.machine
  const { 'kallsyms-few': _virtual, ...rest } = files
  if (snapshot.arch === 'x86_64') {
    const efi = files['efi-runtime-map']
    return {
      ...rest,
      ...(files.dmesg === undefined ? {} : { dmesg: shortLog(files.dmesg) }),
      ...(efi === undefined ? {} : { 'efi-runtime-map': splitEfiMap(efi, draws, variation) }),
      iomem: renderIomem(
        x86Tree({ ...template, iomem: snapshot.iomem, params: files['boot-params'] }, draws),
      ),
    }
  }
  const { lines, by } = placedImage(template, draws)
  const image = lines.length > 0 ? imageOf(lines) : null
  const taken = [...template.firmware, ...(image ? [image] : [])]
  const place = (was: Range | null, what: string, grown: number): Range | null => {
    const place = was && stubPlace(template, was, grown, [...taken], draws(what), variation)
    if (place) taken.push(place)
    return place
  }
  const dtb = place(template.dtb, 'dtb', growth.dtb)
  const initrd = place(template.initrd, 'initrd', growth.initrd)
  const tables = placedTables(template, image, taken, draws, variation)
  const log = mapAddresses(shortLog(files.dmesg ?? ''), tables.map)
  const tree = files.fdt && grownTree(files.fdt, growth, initrd !== null && !snapshot.efi)
  const given = {
    lines,
    imageParts: template.imageParts.map((r) => range(r.start + by, r.last + by)),
    dtb,
    initrd,
    persistent: tables.persistent,
    hazards: tables.hazards,
    crash: true,
  }
  const { reserved, iomem } = earlyMemory(template, given, draws, variation)
  return {
    ...rest,
    ...(files.dmesg === undefined ? {} : { dmesg: log }),
    ...(tree ? { fdt: tree } : {}),
    ...(snapshot.memblock ? { 'memblock-reserved': renderMemblock(reserved) } : {}),
    iomem: renderIomem(iomem),
  }
}

/** The image's lines where this boot has them, and how far that is from the captured boot. */
function placedImage(template: BootTemplate, draws: Draws): { lines: readonly KernelLine[]; by: number } {
  const { image, slots, lines } = template
  if (!image || slots.length === 0) return { lines, by: 0 }
  // Up to 6.4 the image's first 64 KiB lie before its text.
  const from = image.start - SLOT
  const size = sizeOf(image) + SLOT
  const drawn = drawnPlace(slots, size, SLOT, draws('kaslr').below(Number.MAX_SAFE_INTEGER))
  if (drawn === null) return { lines, by: 0 }
  const by = drawn - alignDown(from, SLOT)
  return {
    lines: lines.map((l) => ({ name: l.name, range: range(l.range.start + by, l.range.last + by) })),
    by,
  }
}

/** A boot loader without UEFI uses fixed places; the EFI stub goes lower where something is in its way. */
function stubPlace(
  template: BootTemplate,
  was: Range,
  grown: number,
  taken: readonly Range[],
  random: ReturnType<Draws>,
  variation: BootVariation,
): Range | null {
  const { snapshot } = template.machine
  if (!snapshot.efi) return range(was.start, was.last + grown)
  const larger = was.start > grown ? range(was.start - grown, was.last) : was
  const span = { odds: variation.stub_shift, bytes: variation.stub_shift_bytes, step: STUB_STEP }
  const down = drawnShift(random, span)
  const wanted = range(Math.max(larger.start - down, 0), larger.last - Math.min(down, larger.start))
  return placedBelow(wanted, template.ram, taken)
}

interface Tables {
  readonly persistent: readonly Range[]
  readonly hazards: readonly Range[]
  readonly map: (address: number) => number
}

/** The GIC's tables: low in memory, a few pages further up in some boots, above the image where it lies on their place. */
function placedTables(
  template: BootTemplate,
  image: Range | null,
  taken: readonly Range[],
  draws: Draws,
  variation: BootVariation,
): Tables {
  const { machine, persistent, ram } = template
  const hazards = machine.hazards.map((h) => h.range)
  const moved: { was: Range; now: Range }[] = []
  const clearance = draws('clearance').below(variation.table_clearance_bytes)
  const held = [...taken, ...template.large, ...template.small, ...template.crash]
  for (const [i, was] of [...persistent, ...hazards].entries()) {
    const random = draws(`table ${i}`)
    const align = sizeOf(was) >= SLOT ? SLOT : machine.snapshot.pageSize
    const span = { odds: variation.table_shift, bytes: variation.table_shift_bytes, step: align }
    const wanted = was.start + drawnShift(random, span)
    const isUnder = image !== null && overlaps(image, range(was.start, wanted + sizeOf(was) - 1))
    const from = isUnder ? image.last + 1 + clearance : wanted
    const others = [...held, ...moved.map((m) => m.now)]
    const now = placedAbove(from, sizeOf(was), align, ram, [...others, range(0, was.start - 1)])
    moved.push({ was, now: now ?? was })
  }
  const isHeld = (m: { was: Range }) => persistent.includes(m.was)
  return {
    persistent: moved.filter(isHeld).map((m) => m.now),
    hazards: moved.filter((m) => !isHeld(m)).map((m) => m.now),
    map: (address) => {
      const hit = moved.find(({ was }) => was.start <= address && address <= was.last)
      return hit ? address + hit.now.start - hit.was.start : address
    },
  }
}
