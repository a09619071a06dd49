import { promisify } from 'node:util'
import { crc32, deflateRaw, inflateRaw } from 'node:zlib'
import type { Files } from '../../store/whole-files.ts'
import { splitTimes, withTimes } from './boot-log-times.ts'
import { readVarints, varints } from './varints.ts'

/** Packed at a time, with what the basis has around the same place at hand. Units: bytes. */
const SECTION = 16 * 1024
/** How far a section may have moved. With the section it makes the 32 KiB that deflate looks back on. Units: bytes. */
const AROUND = 8 * 1024
/** A checksum, and the size of what follows. Units: bytes. */
const HEAD = 8
/** Sections that are packed at a time, each with a quarter of a MiB of zlib's: files may have a thousand. */
const AT_ONCE = 8

type Packed = Uint8Array<ArrayBuffer>

/**
 * Files as what they differ in from those of another boot; null where the two have not the same files, or as soon as that takes more than
 * `most` bytes.
 *
 * A checksum over what comes back, the size of a list of numbers, that list, and sections: stream by stream the list has its
 * length, and how long each of its sections is when packed. 0 stands for a section that the basis has too.
 */
export async function packAgainst(basis: Files, files: Files, most = Infinity): Promise<Packed | null> {
  const names = namesOf(files)
  if (namesOf(basis).join() !== names.join()) return null
  // Half a surrogate pair has no bytes of its own.
  if (!names.every((name) => files[name]?.isWellFormed())) return null
  const [others, streams] = [basisStreams(basis), streamsOf(files)]
  const all = streams.flatMap((stream, i) => {
    return startsIn(stream.length).map((at) => ({ stream, other: others[i] ?? Buffer.alloc(0), at }))
  })
  const sections: Buffer[] = []
  let size = 0
  for (let i = 0; i < all.length && size <= most; i += AT_ONCE) {
    const some = await Promise.all(all.slice(i, i + AT_ONCE).map(packSection))
    size += some.reduce((sum, { length }) => sum + length, 0)
    sections.push(...some)
  }
  if (size > most) return null
  const sizes = sections.map(({ length }) => length).values()
  const next = () => sizes.next().value ?? 0
  const numbers = varints(streams.flatMap(({ length }) => [length, ...startsIn(length).map(next)]))
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(checksum(streams), 0)
  head.writeUInt32BE(numbers.length, 4)
  const whole = Uint8Array.from(Buffer.concat([head, numbers, ...sections]))
  return whole.length <= most ? whole : null
}

/** Errors: rejects where the bytes are no difference to this basis. */
export async function unpackAgainst(basis: Files, packed: Uint8Array): Promise<Files> {
  const head = Buffer.from(packed.subarray(0, HEAD))
  let from = HEAD + head.readUInt32BE(4)
  const numbers = readVarints(packed.subarray(HEAD, from))
  const next = () => numbers.next().value ?? 0
  const all = basisStreams(basis).map((other) => {
    const length = next()
    return startsIn(length).map((at) => {
      const section = packed.subarray(from, (from += next()))
      return { section, other, at, size: Math.min(SECTION, length - at) }
    })
  })
  const whole: Buffer[] = []
  for (const stream of all) {
    const sections: Buffer[] = []
    for (let i = 0; i < stream.length; i += AT_ONCE)
      sections.push(...(await Promise.all(stream.slice(i, i + AT_ONCE).map(unpackSection))))
    whole.push(Buffer.concat(sections))
  }
  if (checksum(whole) !== head.readUInt32BE(0)) throw new Error('a difference of files is not to this basis')
  return filesOf(namesOf(basis), whole)
}

function checksum(streams: readonly Buffer[]): number {
  return streams.reduce((sum, stream) => crc32(stream, sum), 0)
}

function namesOf(files: Files): string[] {
  return Object.keys(files).sort()
}

/** A basis is asked for again and again. */
const known = new WeakMap<Files, readonly Buffer[]>()

function basisStreams(basis: Files): readonly Buffer[] {
  const streams = known.get(basis) ?? streamsOf(basis)
  known.set(basis, streams)
  return streams
}

/** By name; of the boot log its lines and then their times. */
function streamsOf(files: Files): Buffer[] {
  return namesOf(files).flatMap((name) => {
    const text = files[name] ?? ''
    if (name !== 'dmesg') return [Buffer.from(text)]
    const log = splitTimes(text)
    return [Buffer.from(log.text), Buffer.from(log.times)]
  })
}

function filesOf(names: readonly string[], streams: readonly Buffer[]): Files {
  const rest = [...streams]
  const next = () => rest.shift() ?? Buffer.alloc(0)
  const content = (name: string) => {
    const text = next().toString('utf8')
    return name === 'dmesg' ? withTimes({ text, times: next() }) : text
  }
  return Object.fromEntries(names.map((name) => [name, content(name)]))
}

function startsIn(length: number): number[] {
  return Array.from({ length: Math.ceil(length / SECTION) }, (_, i) => i * SECTION)
}

/** A part of a stream, and the stream of the basis that it is packed against. */
interface Section {
  readonly other: Buffer
  readonly at: number
}

async function packSection({ stream, other, at }: Section & { readonly stream: Buffer }): Promise<Buffer> {
  const section = stream.subarray(at, at + SECTION)
  if (section.equals(other.subarray(at, at + section.length))) return Buffer.alloc(0)
  return promisify(deflateRaw)(section, around(other, at))
}

async function unpackSection({
  section,
  size,
  other,
  at,
}: Section & { readonly section: Uint8Array; readonly size: number }): Promise<Buffer> {
  if (section.length === 0) return other.subarray(at, at + size)
  return promisify(inflateRaw)(section, { ...around(other, at), maxOutputLength: size })
}

function around(other: Buffer, at: number): { dictionary?: Buffer } {
  const dictionary = other.subarray(Math.max(0, at - AROUND), at + SECTION + AROUND)
  return dictionary.length === 0 ? {} : { dictionary }
}
