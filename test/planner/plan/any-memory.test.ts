import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderIomem, renderMemblock, type PlanBody } from '../../../src/planner/index.ts'
import type { CaptureFiles } from '../../../src/planner/read/capture-files.ts'
import { loadCapture } from '../../capture.ts'
import { plan, snapshotOf } from '../host.ts'

const PAGE = 0x1000
/** The smallest unit of the maps that are made up: small enough to fragment, large enough to hold a kernel. */
const MIB4 = 0x400000

/** Pieces of memory in address order: what lies there, and how many units of 4 MiB it fills. */
const pieces = fc.array(
  fc.record({
    kind: fc.constantFrom('ram', 'reserved', 'nomap', 'lpi', 'gap'),
    units: fc.integer({ min: 1, max: 40 }),
    trim: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
)

interface Piece {
  readonly kind: string
  readonly start: number
  readonly last: number
}

test.each(['arm64', 'x86_64'] as const)(
  'over random memory of an %s host no plan overlaps itself, leaves RAM, or touches what is protected',
  (arch) => {
    let made = 0
    fc.assert(
      fc.property(
        pieces,
        fc.integer({ min: 1, max: 0x2000000 }),
        fc.constantFrom('pinned', 'kexec_file'),
        (parts, initrdSize, strategy) => {
          const laid = layOut(parts)
          if (laid.length === 0) return
          const snapshot = snapshotOf(arch === 'arm64' ? arm64Files(laid) : x86Files(laid))
          const answer = plan(snapshot, { initrdSize, strategy: strategy as 'pinned' | 'kexec_file' })
          if (!answer.ok) return
          made++
          check(answer.value, laid, strategy === 'pinned' && arch === 'arm64')
        },
      ),
      { numRuns: 400 },
    )
    expect(made).toBeGreaterThan(40)
  },
)

/** The rule, stated without the planner's own algebra: every page of every segment, looked up by itself. */
function check(body: PlanBody, laid: readonly Piece[], hazards: boolean): void {
  const used = new Set<number>()
  for (const s of body.segments) {
    const mem = Number(s.mem)
    expect(mem % s.align, `${s.kind} aligned`).toBe(0)
    expect(s.bufsz).toBeLessThanOrEqual(s.memsz)
    for (let page = mem; page < mem + s.memsz; page += PAGE) {
      const under = laid.find((p) => p.start <= page && page + PAGE - 1 <= p.last)
      const allowed = under?.kind === 'ram' || (under?.kind === 'lpi' && !hazards)
      // Thousands of pages a plan: `expect` itself would be what takes the time.
      if (!allowed)
        throw new Error(`${s.kind} page 0x${page.toString(16)} lies on ${under?.kind ?? 'nothing'}`)
      if (used.has(page)) throw new Error(`${s.kind} page 0x${page.toString(16)} is used twice`)
      used.add(page)
    }
  }
}

function layOut(parts: readonly { kind: string; units: number; trim: number }[]): Piece[] {
  let at = 0x40000000
  const out: Piece[] = []
  for (const { kind, units, trim } of parts) {
    // `lpi` is one 64 KiB table within its own piece of RAM: split so that each page has one kind.
    const last = at + units * MIB4 - 1
    if (kind === 'lpi') {
      out.push({ kind: 'lpi', start: at, last: at + 0xffff }, { kind: 'ram', start: at + 0x10000, last })
    } else if (kind !== 'gap') out.push({ kind, start: at, last: last - trim * PAGE })
    at = last + 1
  }
  return out
}

function arm64Files(laid: readonly Piece[]): CaptureFiles {
  const base = loadCapture('arm64-dt-1g')
  const ram = laid.filter((p) => p.kind !== 'nomap')
  const iomem = laid.map((p) => ({
    range: p as never,
    name: p.kind === 'nomap' ? 'reserved' : 'System RAM',
    children: [],
  }))
  const memory = laid.map((p) => ({ range: p as never, node: 0, flags: p.kind === 'nomap' ? ['NOMAP'] : [] }))
  const reserved = ram
    .filter((p) => p.kind === 'reserved')
    .map((p) => ({ range: p as never, node: null, flags: [] }))
  const tables = laid
    .filter((p) => p.kind === 'lpi')
    .map((p) => `GICv3: using LPI property table @0x${p.start.toString(16).padStart(16, '0')}\n`)
  return {
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
    iomem: renderIomem(iomem),
    'memblock-memory': renderMemblock(memory),
    'memblock-reserved': renderMemblock(reserved),
    dmesg: tables.join('') + 'end of the log\n',
    ...(base.fdt ? { fdt: base.fdt } : {}),
  }
}

function x86Files(laid: readonly Piece[]): CaptureFiles {
  const lines = laid.map((p) => ({
    range: p as never,
    name: p.kind === 'ram' || p.kind === 'lpi' ? 'System RAM' : 'Reserved',
    children: [],
  }))
  return { uname: 'Linux host 6.1.0-amd64 #1 SMP x86_64 GNU/Linux', iomem: renderIomem(lines) }
}
