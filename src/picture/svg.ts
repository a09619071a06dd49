import type { MemoryClass } from './classes.ts'
import { INKS, LOOKS, PATTERNS, pictureStyle, PREFIX, type Ink } from './looks.ts'

/** Everything that was not written here goes through this, attributes too. What XML 1.0 cannot hold is replaced. */
export function escaped(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .replace(UNPRINTABLE, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
}

/** Most of what is drawn needs no second look. */
const PLAIN = /^[\w .,:;()[\]/+-]*$/

/** Control characters, halves of pairs, and those that turn the direction of the text around them. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- these are the ones that are meant
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A coordinate to a hundredth, the same on every machine. */
export function n(value: number): string {
  return `${Math.round(value * 100) / 100}`
}

export interface TextLook {
  readonly ink?: Ink
  readonly size?: number
  readonly mono?: boolean
  readonly bold?: boolean
  readonly anchor?: 'start' | 'middle' | 'end'
  /** On a pattern, a rim in the colour of the paper. */
  readonly halo?: boolean
}

export const FONT = 'system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'
export const MONO = 'ui-monospace,SFMono-Regular,Menlo,Consolas,monospace'
export const TEXT_SIZE = 10.5

/** A line of text and where it stands. */
export interface Placed {
  readonly x: number
  readonly y: number
  readonly text: string
}

export function textAt(x: number, y: number, text: string, look: TextLook = {}): string {
  return `<text x="${n(x)}" y="${n(y)}" ${lookOf(look)}>${escaped(text)}</text>`
}

/** Many texts of one look. */
export function textsAt(texts: readonly Placed[], look: TextLook): string {
  if (texts.length === 0) return ''
  const each = texts.map(({ x, y, text }) => `<text x="${n(x)}" y="${n(y)}">${escaped(text)}</text>`)
  return `<g ${lookOf(look)}>${each.join('')}</g>`
}

function lookOf({ ink = 'ink', size, mono, bold, anchor = 'start', halo = false }: TextLook): string {
  return [
    `class="${PREFIX}-${ink}${halo ? ` ${PREFIX}-halo` : ''}" fill="${INKS[ink][0]}"`,
    ...(halo
      ? [`stroke="${INKS.paper[0]}" stroke-width="2.6" stroke-linejoin="round" paint-order="stroke"`]
      : []),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(mono ? [`font-family="${MONO}"`] : []),
    ...(bold ? ['font-weight="600"'] : []),
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
  ].join(' ')
}

/** As much of a text as goes into so many units; what was cut shows as an ellipsis. */
export function fitting(text: string, width: number, size = TEXT_SIZE, bold = false): string {
  const most = Math.floor(width / (size * (bold ? BOLD_EM : TEXT_EM)))
  if (text.length <= most) return text
  return most < 3 ? '' : `${text.slice(0, most - 1).trimEnd()}…`
}

/** How wide a character is, on average, of its height. */
const TEXT_EM = 0.57
const BOLD_EM = 0.63

/** Words in as many lines as they need. */
export function wrapped(text: string, width: number, size = TEXT_SIZE, bold = true): string[] {
  const most = Math.max(12, Math.floor(width / (size * (bold ? BOLD_EM : TEXT_EM))))
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${line} ${word}`
    else for (let at = 0; at < Math.max(1, word.length); at += most) lines.push(word.slice(at, at + most))
  }
  return lines
}

export function ruleOf(d: string, extra = ''): string {
  return `<path class="${PREFIX}-rule" fill="none" stroke="${INKS.rule[0]}" d="${d}"${extra}/>`
}

/** The attributes of a shape of one class: pattern and rim. */
export function paintOf(name: MemoryClass): string {
  return `class="${PREFIX}-${name}-line" fill="url(#${patternId(name)})" stroke="${LOOKS[name].light[1]}"`
}

function patternId(name: MemoryClass): string {
  return `${PREFIX}-p-${name}`
}

/** One pattern a class. The same class has the same one in every picture, so that pictures may share a page. */
export function patternsOf(classes: readonly MemoryClass[]): string {
  const patterns = classes.map((name) => {
    const { light, pattern } = LOOKS[name]
    const { tile, d } = PATTERNS[pattern]
    const lines = d
      ? `<path class="${PREFIX}-${name}-line" stroke="${light[1]}" stroke-width="1" fill="none" d="${d}"/>`
      : ''
    return (
      `<pattern id="${patternId(name)}" width="${tile}" height="${tile}" patternUnits="userSpaceOnUse">` +
      `<rect class="${PREFIX}-${name}" fill="${light[0]}" width="${tile}" height="${tile}"/>${lines}</pattern>`
    )
  })
  return `<defs>${patterns.join('')}</defs>`
}

export interface Frame {
  readonly title: string
  readonly description: string
  readonly width: number
  readonly height: number
  /** The picture is a file of its own: it brings its style and its paper. */
  readonly standalone: boolean
  readonly classes: readonly MemoryClass[]
}

/** The whole picture: nothing in it depends on anything but what is drawn. */
export function framed(frame: Frame, parts: readonly string[]): string {
  const { title, description, width, height, standalone, classes } = frame
  const size = `${n(width)} ${n(Math.ceil(height))}`
  const [w, h] = size.split(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${PREFIX}-map" role="img" viewBox="0 0 ${size}" width="${w}" height="${h}" font-family="${FONT}" font-size="${TEXT_SIZE}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    ...(standalone ? [`<style>\n${pictureStyle(classes)}\n</style>`] : []),
    patternsOf(classes),
    ...(standalone
      ? [`<rect class="${PREFIX}-paper" fill="${INKS.paper[0]}" width="${w}" height="${h}"/>`]
      : []),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}
