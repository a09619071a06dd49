import type { ScaleKind } from './scale.ts'

export interface SvgOptions {
  readonly scale?: ScaleKind
  /** Units: of the picture, which are pixels where it is shown as it is. */
  readonly width?: number
  /** A file of its own, with style and paper; else whoever takes it in brings the rules (`pictureStyle`). */
  readonly standalone?: boolean
  /** Stands before every id: two pictures on one page. */
  readonly prefix?: string
}

export const WIDTHS = { least: 320, usual: 720, most: 1600 } as const
/** Around a picture. */
export const MARGIN = 8

/** What stands in a narrower picture is shorter and smaller. */
const NARROW = 520

/** The width that a picture gets, whatever was asked for. */
export function widthOf({ width = WIDTHS.usual }: SvgOptions): number {
  return Math.round(Math.min(WIDTHS.most, Math.max(WIDTHS.least, width)))
}

export function isNarrow(width: number): boolean {
  return width < NARROW
}

/** The size of what is written into cells. */
export function labelSize(width: number): number {
  return isNarrow(width) ? 9 : 10.5
}
