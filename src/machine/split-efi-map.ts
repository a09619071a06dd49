import { range, sizeOf } from '../planner/bytes/range.ts'
import { EFI_PAGE, readEfiMap, renderEfiMap, type EfiRegion } from '../planner/read/efi-map.ts'
import { happens, type BootVariation, type Draws } from './boot-variation.ts'

const BOOT_SERVICES = new Set([3, 4])
/** As many stretches of boot services as two boots of like firmware differed by. */
const MOST_SPLITS = 3

/**
 * UEFI's map with a few of the stretches that boot services left cut in two, as drivers that start in another order
 * leave them. What UEFI goes on using stays.
 */
export function splitEfiMap(text: string, draws: Draws, variation: BootVariation): string {
  const random = draws('efi map')
  const read = readEfiMap(text)
  if (!read.ok || !happens(random, variation.efi_map_splits)) return text
  let map: readonly EfiRegion[] = read.value
  for (let n = 1 + random.below(MOST_SPLITS); n > 0; n--) {
    const long = map.filter((r) => BOOT_SERVICES.has(r.type) && sizeOf(r.range) > EFI_PAGE)
    const region = long[random.below(long.length)]
    if (region) map = map.flatMap((r) => (r === region ? halves(r) : [r]))
  }
  return renderEfiMap(map)
}

/** The higher half first: UEFI lists from the top down. */
function halves(region: EfiRegion): EfiRegion[] {
  const { start, last } = region.range
  const middle = start + EFI_PAGE * Math.floor(sizeOf(region.range) / EFI_PAGE / 2)
  return [
    { ...region, range: range(middle, last) },
    { ...region, range: range(start, middle - 1) },
  ]
}
