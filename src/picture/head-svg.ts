import { fitting, textAt, wrapped } from './svg.ts'

/** From one line of text to the next. */
export const LINE = 14

/** A part of a picture and how much of its height it takes. */
export interface Part {
  readonly svg: string
  readonly height: number
}

export interface Head {
  readonly title: string
  /** The last of them is what there is to say first. */
  readonly lines: readonly string[]
  readonly alarm: boolean
  readonly x: number
  readonly width: number
}

const TITLE_SIZE = 15

/** Title and sentences above a picture. */
export function headSvg({ title, lines, alarm, x, width }: Head): Part {
  const svg = [textAt(x, 20, fitting(title, width, TITLE_SIZE, true), { size: TITLE_SIZE, bold: true })]
  let y = 22
  for (const [i, line] of lines.entries()) {
    const last = i === lines.length - 1
    for (const row of wrapped(line, width, 11, last && alarm)) {
      y += LINE
      svg.push(
        textAt(x, y, row, { ink: last ? (alarm ? 'alarm' : 'ink') : 'faint', size: 11, bold: last && alarm }),
      )
    }
  }
  return { svg: svg.join('\n'), height: y + 8 }
}
