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

type Packed = Uint8Array<ArrayBuffer>

/**
 * Files as what they differ in from those of another boot; null where the two have not the same files.
 *
 * A checksum over what comes back, the size of a list of numbers, that list, and sections: stream by stream the list has its
 * length, and how long each of its sections is when packed. 0 stands for a section that the basis has too.
 */
export async function packAgainst(basis: Files, files: Files): Promise<Packed | null> {
  const names = namesOf(files)
  if (namesOf(basis).join() !== names.join()) return null
  // Half a surrogate pair has no bytes of its own.
  if (!names.every((name) => files[name]?.isWellFormed())) return null
  const [others, streams] = [basisStreams(basis), streamsOf(files)]
  const packed = await Promise.all(
    streams.map(async (stream, i) => {
      const other = others[i] ?? Buffer.alloc(0)
      const sections = await Promise.all(startsIn(stream.length).map((at) => packSection(stream, other, at)))
      return { numbers: [stream.length, ...sections.map(({ length }) => length)], sections }
    }),
  )
  const numbers = varints(packed.flatMap((stream) => stream.numbers))
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(checksum(streams), 0)
  head.writeUInt32BE(numbers.length, 4)
  return Uint8Array.from(Buffer.concat([head, numbers, ...packed.flatMap(({ sections }) => sections)]))
}

/** Errors: rejects where the bytes are no difference to this basis. */
export async function unpackAgainst(basis: Files, packed: Uint8Array): Promise<Files> {
  const head = Buffer.from(packed.subarray(0, HEAD))
  let from = HEAD + head.readUInt32BE(4)
  const numbers = readVarints(packed.subarray(HEAD, from))
  const next = () => numbers.next().value ?? 0
  const streams = basisStreams(basis).map((other) => {
    const length = next()
    return startsIn(length).map((at) => {
      const section = packed.subarray(from, (from += next()))
      return unpackSection(section, other, { at, size: Math.min(SECTION, length - at) })
    })
  })
  const whole = await Promise.all(streams.map(async (sections) => Buffer.concat(await Promise.all(sections))))
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

async function packSection(stream: Buffer, other: Buffer, at: number): Promise<Buffer> {
  const section = stream.subarray(at, at + SECTION)
  if (section.equals(other.subarray(at, at + section.length))) return Buffer.alloc(0)
  return promisify(deflateRaw)(section, around(other, at))
}

async function unpackSection(
  packed: Uint8Array,
  other: Buffer,
  { at, size }: { readonly at: number; readonly size: number },
): Promise<Buffer> {
  if (packed.length === 0) return other.subarray(at, at + size)
  return promisify(inflateRaw)(packed, { ...around(other, at), maxOutputLength: size })
}

function around(other: Buffer, at: number): { dictionary?: Buffer } {
  const dictionary = other.subarray(Math.max(0, at - AROUND), at + SECTION + AROUND)
  return dictionary.length === 0 ? {} : { dictionary }
}
