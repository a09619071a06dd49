import type { Random } from './random.ts'

/** Bytes and words on both sides of a sign bit or of a whole register. */
const WORDS = [0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff]
/** Units: bytes. */
const MAX_INPUT = 16_384

/** One to four small damages to `blob`; `others` are more inputs of the same reader, to splice with. */
export function mutatedBlob(blob: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let out: Uint8Array = blob.slice(0, MAX_INPUT)
  for (let left = 1 + random.below(4); left > 0; left--) out = damaged(out, others, random)
  return out
}

function damaged(blob: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.below(blob.length + 1)
  switch (random.below(9)) {
    case 0:
      return blob.slice(0, at)
    case 1:
      return changed(blob, (out) => {
        out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
      })
    case 2:
      return changed(blob, (out) => {
        out[at] = random.below(256)
      })
    case 3:
      return joined(blob.slice(0, at), random.pick(others).slice(at))
    case 4:
      return joined(blob.slice(0, at), blob.slice(at + 4 * random.below(8)))
    case 5:
      return joined(blob.slice(0, at), blob.slice(Math.max(0, at - 4 * random.below(16))))
    case 6:
      // Headers are where one word decides most.
      return withWord(blob, 4 * random.below(16), random)
    default:
      return withWord(blob, at - (at % 4), random)
  }
}

function withWord(blob: Uint8Array, at: number, random: Random): Uint8Array {
  if (at + 4 > blob.length) return blob
  return changed(blob, (out) => {
    const view = new DataView(out.buffer)
    const near = view.getUint32(at, false) + random.below(9) - 4
    const word = random.once(3) ? random.below(blob.length + 8) : random.once(2) ? near : random.pick(WORDS)
    view.setUint32(at, word, random.once(2))
  })
}

function changed(blob: Uint8Array, change: (out: Uint8Array) => void): Uint8Array {
  const out = blob.slice()
  change(out)
  return out
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
