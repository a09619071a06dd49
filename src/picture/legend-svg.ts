import { CLASS_WORDS, type MemoryClass } from './classes.ts'
import { LINE, type Part } from './head-svg.ts'
import { n, paintOf, textAt } from './svg.ts'

export interface PartPlace {
  readonly x: number
  readonly y: number
  readonly width: number
}

const SWATCH = 16
const LEAST_COLUMN = 148

/** What there is in the picture, and nothing else. */
export function legendSvg(present: readonly MemoryClass[], { x, y, width }: PartPlace): Part {
  const columns = Math.max(1, Math.floor(width / LEAST_COLUMN))
  const step = width / columns
  const entries = present.map((name, i) => {
    const left = x + (i % columns) * step
    const at = y + Math.floor(i / columns) * (LINE + 2)
    return (
      `<rect ${paintOf(name)} x="${n(left + 0.5)}" y="${n(at)}" width="${SWATCH}" height="11"/>` +
      textAt(left + SWATCH + 6, at + 9.5, CLASS_WORDS[name])
    )
  })
  return { svg: entries.join('\n'), height: Math.ceil(present.length / columns) * (LINE + 2) + 4 }
}
