/** What a command line says about memory. Units: bytes. */
export interface CmdlineMemory {
  /** `mem=`: no RAM from here on. */
  readonly limit: number | null
  /** `memmap=size$start` and its kin, in order. */
  readonly marks: readonly MemoryMark[]
  readonly crash: CrashRequest | null
  readonly kaslr: boolean
}

export interface MemoryMark {
  readonly start: number
  readonly size: number
  /** As the firmware map names it. */
  readonly type: string
}

/** `crashkernel=`: how much, where if that is fixed, and whether above 4 GiB is asked for first. */
export interface CrashRequest {
  readonly size: number
  readonly at: number | null
  readonly high: boolean
}

const UNITS: { readonly [suffix: string]: number } = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }
const MARKS: { readonly [sign: string]: string } = {
  '@': 'System RAM',
  $: 'Reserved',
  '#': 'ACPI Tables',
  '!': 'Persistent Memory (legacy)',
}
const SIZE = '(0x[0-9a-f]+|\\d+)([kmgt]?)'
const MARK = new RegExp(`^${SIZE}([@$#!])${SIZE}$`, 'i')
const ONE_SIZE = new RegExp(`^${SIZE}$`, 'i')
const CRASH = new RegExp(`^${SIZE}(?:@${SIZE})?(,high)?$`, 'i')
const CRASH_BY_RAM = new RegExp(`^${SIZE}-(?:${SIZE})?:${SIZE}$`, 'i')

/**
 * Reads the parameters that change what a kernel takes for its memory; others are let pass.
 *
 * Units: bytes; `ramSize` decides between the ranges of `crashkernel=512M-2G:64M,2G-:128M`.
 * Source: Linux Documentation/admin-guide/kernel-parameters.txt (mem, memmap, crashkernel, nokaslr).
 */
export function readCmdlineMemory(cmdline: string, ramSize: number): CmdlineMemory {
  const words = cmdline.split(/\s+/)
  let limit: number | null = null
  let crash: CrashRequest | null = null
  const marks: MemoryMark[] = []
  for (const word of words) {
    const [name, ...rest] = word.split('=')
    const value = rest.join('=')
    if (name === 'mem') limit = sizeIn(value) ?? limit
    if (name === 'memmap') {
      for (const part of value.split(',')) {
        const mark = markIn(part)
        if (mark) marks.push(mark)
        else limit = sizeIn(part) ?? limit
      }
    }
    if (name === 'crashkernel') crash = crashIn(value, ramSize) ?? crash
  }
  return { limit, marks, crash, kaslr: !words.includes('nokaslr') }
}

function sizeIn(text: string): number | null {
  const match = ONE_SIZE.exec(text)
  return match ? bytesOf(match[1], match[2]) : null
}

function markIn(text: string): MemoryMark | null {
  const match = MARK.exec(text)
  if (!match) return null
  const type = MARKS[match[3] as string] as string
  return { size: bytesOf(match[1], match[2]), start: bytesOf(match[4], match[5]), type }
}

function crashIn(value: string, ramSize: number): CrashRequest | null {
  const plain = CRASH.exec(value)
  if (plain) {
    const at = plain[3] === undefined ? null : bytesOf(plain[3], plain[4])
    return { size: bytesOf(plain[1], plain[2]), at, high: plain[5] !== undefined }
  }
  for (const part of value.split(',')) {
    const match = CRASH_BY_RAM.exec(part)
    if (!match) continue
    const below = match[3] === undefined ? Infinity : bytesOf(match[3], match[4])
    if (ramSize < bytesOf(match[1], match[2]) || ramSize >= below) continue
    return { size: bytesOf(match[5], match[6]), at: null, high: false }
  }
  return null
}

function bytesOf(digits: string | undefined, suffix: string | undefined): number {
  return Number(digits) * (UNITS[(suffix ?? '').toLowerCase()] as number)
}
