import type { Random } from './random.ts'

/** Numbers on both sides of what breaks careless arithmetic. */
const BORDERS = [
  0n,
  1n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 52n,
  2n ** 53n - 0x10000n,
  2n ** 53n - 2n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
]
/** Characters that mean something to one reader or another, and some that mean nothing to any. */
const CHARACTERS = [...'0123456789abcdefABCDEFx -:.|=@,_\n\r\t\0éﬀ\u2028\ud800']
/** Longer inputs are cut: what a reader does with them it does with these. Units: characters. */
const MAX_INPUT = 20_000

/** One to four small damages to `text`; `others` are more inputs of the same reader, to splice with. */
export function mutatedText(text: string, others: readonly string[], random: Random): string {
  let out = text
  for (let left = 1 + random.below(4); left > 0; left--) out = damaged(out, others, random)
  return out.slice(0, MAX_INPUT)
}

function damaged(text: string, others: readonly string[], random: Random): string {
  switch (random.below(10)) {
    case 0:
      return text.slice(0, random.below(text.length + 1))
    case 1:
      return withCharacter(text, random)
    case 2:
      return withoutSome(text, random)
    case 3:
      return byLines(text, random, swapped)
    case 4:
      return byLines(text, random, (lines, at) => lines.splice(at, 0, lines[at] ?? ''))
    case 5:
      return byLines(text, random, (lines, at) => lines.splice(at, 1))
    case 6:
      return spliced(text, random.pick(others), random)
    case 7:
      return byLines(text, random, (lines, at) => {
        const line = lines[at] ?? ''
        lines[at] = random.once(2) ? `  ${line}` : line.replace(/^ {1,2}/, '')
      })
    default:
      return withNumber(text, random)
  }
}

/** Changes one of the numbers: to its neighbour, to a border, to another number of the same text. */
function withNumber(text: string, random: Random): string {
  const from = random.below(text.length + 1)
  const found = /[0-9a-f]+/.exec(text.slice(from, from + 400))
  if (!found) return text
  const at = from + found.index
  const was = found[0]
  const isHex = /[a-f]/.test(was) || was.length >= 8 || text.slice(at - 2, at) === '0x'
  const radix = isHex ? 16 : 10
  const value = isHex ? BigInt(`0x${was}`) : BigInt(was)
  const next = random.pick([value + 1n, value > 0n ? value - 1n : 0n, value * 2n, ...BORDERS])
  const digits = random.once(3) ? next.toString(radix) : next.toString(radix).padStart(was.length, '0')
  return text.slice(0, at) + digits + text.slice(at + was.length)
}

function withCharacter(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  return text.slice(0, at) + random.pick(CHARACTERS) + text.slice(at + random.below(2))
}

function withoutSome(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  return text.slice(0, at) + text.slice(at + 1 + random.below(12))
}

function spliced(text: string, other: string, random: Random): string {
  return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1))
}

function byLines(text: string, random: Random, change: (lines: string[], at: number, to: number) => void) {
  const lines = text.split('\n')
  change(lines, random.below(lines.length), random.below(lines.length))
  return lines.join('\n')
}

function swapped(lines: string[], at: number, to: number): void {
  const line = lines[at] ?? ''
  lines[at] = lines[to] ?? ''
  lines[to] = line
}
