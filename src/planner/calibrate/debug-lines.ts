import type { SegmentKind } from '../names.ts'
import { err, ok, type Result } from '../bytes/result.ts'

/** One segment as the running kernel said that it copied it. Units: bytes. */
export interface LoggedSegment {
  readonly mem: number
  readonly bufsz: number
  readonly memsz: number
  /** Counted from 1. */
  readonly line: number
}

/** What the kernel's debug lines tell of one load. */
export interface LoggedLoad {
  /** In load order. */
  readonly segments: readonly LoggedSegment[]
  /** What a loader called the segment at an address, where it said so; a retry says it again. */
  readonly named: ReadonlyMap<number, SegmentKind>
}

export type BadDebugCode = 'bad-line' | 'two-loads' | 'missing-segment' | 'no-segments' | 'too-large'

/** A line that cannot be used, what was expected and what stood there. */
export interface BadDebugLine {
  readonly code: BadDebugCode
  /** Counted from 1; null where no line is at fault. */
  readonly line: number | null
  readonly expected: string
  /** Cut to 80 characters. */
  readonly found: string
}

/** Units: characters. A trial load says a few hundred lines. */
export const MAX_DEBUG = 4 * 1024 * 1024
const MAX_SEGMENTS = 16
const MAX_FOUND = 80

const NUMBER = '0x([0-9a-f]{1,16})'
const SIZES = `bufsz=${NUMBER} mem=${NUMBER} memsz=${NUMBER}`
/** What a line must hold to be one of the copies; from there on it must be readable. */
const SEGMENT_MARK = /Loading segment |kexec\w*: segment\[/
const SEGMENT = new RegExp(`(?:Loading segment |segment\\[)(\\d{1,2})\\]?: buf=\\S+ ${SIZES}$`)
const NAME_MARK = /kexec[\w-]*(?:\([\w]+\))?: Loaded /
const NAME = new RegExp(`Loaded (.+?) at ${NUMBER}(?: bufsz=${NUMBER} memsz=${NUMBER})?$`)

/** How the loaders of the releases that were read call their segments. */
const KINDS: ReadonlyMap<string, SegmentKind> = new Map<string, SegmentKind>([
  ['purgatory', 'purgatory'],
  ['boot_param, command line and misc', 'boot_params'],
  ['64bit kernel', 'kernel'],
  ['kernel', 'kernel'],
  ['initrd', 'initrd'],
  ['dtb', 'dtb'],
  ['ELF headers', 'elfcorehdr'],
  ['elf core header', 'elfcorehdr'],
])

/**
 * Reads what one trial load printed, by dynamic debug or by KEXEC_FILE_DEBUG, out of a kernel log.
 * Both forms may stand in it, for the same load; lines about anything else are let pass.
 *
 * Errors: `bad-line` for a line of a load that has another form, `two-loads` where a segment is told twice
 * and differently, `missing-segment` for a gap in their numbers, `no-segments` where none is told.
 * Source: seen in the logs of real kernels, 5.10 to 7.2: kernel/kexec_file.c, arch/x86/kernel/kexec-bzimage64.c,
 * arch/arm64/kernel/kexec_image.c and machine_kexec_file.c print them.
 */
export function readDebugLines(text: string): Result<LoggedLoad, BadDebugLine> {
  if (text.length > MAX_DEBUG) {
    return bad('too-large', null, `at most ${MAX_DEBUG} characters`, `${text.length} characters`)
  }
  const segments = new Map<number, LoggedSegment>()
  const named = new Map<number, SegmentKind>()
  for (const [i, raw] of text.split('\n').entries()) {
    const line = i + 1
    const content = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (SEGMENT_MARK.test(content)) {
      const read = segmentIn(content, line)
      if (!read) return bad('bad-line', line, 'segment N: buf=… bufsz=0x… mem=0x… memsz=0x…', content)
      const before = segments.get(read.index)
      if (before && !isSame(before, read.segment)) {
        return bad(
          'two-loads',
          line,
          `the lines of one load: segment ${read.index} stands in line ${before.line}`,
          content,
        )
      }
      if (!before) segments.set(read.index, read.segment)
    } else if (NAME_MARK.test(content)) {
      const name = NAME.exec(content)
      const at = Number(`0x${name?.[2] ?? 'x'}`)
      if (!name || !Number.isSafeInteger(at)) return bad('bad-line', line, 'Loaded … at 0x…', content)
      const kind = KINDS.get(name[1] as string)
      if (kind) named.set(at, kind)
    }
  }
  return listed(segments, named)
}

function listed(
  segments: ReadonlyMap<number, LoggedSegment>,
  named: ReadonlyMap<number, SegmentKind>,
): Result<LoggedLoad, BadDebugLine> {
  if (segments.size === 0) {
    const expected = 'lines such as "kexec_file: Loading segment 0: …" (dynamic debug, or KEXEC_FILE_DEBUG)'
    return bad('no-segments', null, expected, 'none')
  }
  const out: LoggedSegment[] = []
  for (let index = 0; index < segments.size; index++) {
    const segment = segments.get(index)
    if (!segment) return bad('missing-segment', null, `segment ${index}`, `${segments.size} others`)
    out.push(segment)
  }
  return ok({ segments: out, named })
}

function segmentIn(content: string, line: number): { index: number; segment: LoggedSegment } | null {
  const found = SEGMENT.exec(content)
  if (!found) return null
  const [index, bufsz, mem, memsz] = [
    Number(found[1]),
    ...found.slice(2).map((digits) => Number(`0x${digits}`)),
  ] as [number, number, number, number]
  const safe = [bufsz, mem, memsz, mem + memsz].every((n) => Number.isSafeInteger(n))
  if (!safe || index >= MAX_SEGMENTS || bufsz > memsz || memsz === 0) return null
  return { index, segment: { mem, bufsz, memsz, line } }
}

function isSame(a: LoggedSegment, b: LoggedSegment): boolean {
  return a.mem === b.mem && a.bufsz === b.bufsz && a.memsz === b.memsz
}

function bad(
  code: BadDebugCode,
  line: number | null,
  expected: string,
  found: string,
): { readonly ok: false; readonly error: BadDebugLine } {
  return err({ code, line, expected, found: found.trim().slice(0, MAX_FOUND) })
}
