import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bootGround, compare, compareText, type Comparison } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { KERNEL, sha256, snapshotOf, x86Host } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

const FILES = { kernel: 'vmlinuz', initrd: 'initrd.img' }

function compared(load: TrueLoad): Comparison {
  const request = {
    snapshot: snapshotOf(loadCapture(load.capture)),
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    cmdline: load.cmdline,
    purpose: load.purpose,
    strategy: 'pinned',
    pins: [],
    booted: [],
  } as const
  return compare(request, FILES, sha256)
}

function loadOf(capture: string, tag: string): TrueLoad {
  const load = trueLoads().find((l) => l.capture === capture && l.tag === tag)
  if (!load) throw new Error(`${capture} has no ${tag}`)
  return load
}

const loads = trueLoads()

describe(`over ${loads.length} loads of real hosts`, () => {
  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s: places that differ have a cause, those that do not have none',
    (_name, load) => {
      const { segments } = compared(load)
      for (const { kind, places, differences } of segments) {
        const [own, ...others] = ['kexec_file', 'kexec_tools', 'pinned'].map((strategy) => {
          const place = places.find((p) => p.strategy === strategy)
          return place ? `${place.mem} ${place.memsz}` : null
        })
        const told = differences.map((d) => d.between[1])
        const want = ['kexec_tools', 'pinned'].filter((_, i) => others[i] !== own)
        expect({ kind, told }).toEqual({ kind, told: want })
        const codes = differences.flatMap((d) => d.causes.map((c) => c.code))
        expect(codes).not.toContain('cause-unknown')
        expect(differences.filter((d) => d.causes.length === 0)).toEqual([])
      }
    },
  )
})

describe('the cause', () => {
  test.each<
    [
      why: string,
      capture: string,
      tag: string,
      kind: string,
      other: string,
      codes: string[],
      evidence: string[],
    ]
  >([
    [
      'the running kernel is in the way of kexec_file alone, the LPI tables of pinned alone',
      'arm64-dt-1g',
      'kexec_file',
      'kernel',
      'pinned',
      ['hazard', 'hazard', 'unstable-ground'],
      ['0x40c50000-0x40c5ffff', '0x40c60000-0x40c6ffff'],
    ],
    [
      'memblock reserves the running kernel, which kexec-tools does not mind',
      'arm64-dt-1g',
      'kexec_file',
      'kernel',
      'kexec_tools',
      ['running-kernel'],
      ['0x40800000-0x40854fff', '0x4085a000-0x4085ffff'],
    ],
    [
      'the tool puts the device tree elsewhere by direction and alignment',
      'arm64-dt-1g',
      'kexec_file_noinitrd',
      'dtb',
      'kexec_tools',
      ['direction', 'alignment', 'follows'],
      [],
    ],
    [
      'the old walk visits the lowest range first, the tool the highest',
      'x86_64-ovmf-4g',
      'kexec_file',
      'kernel',
      'kexec_tools',
      ['walk-order'],
      [],
    ],
    [
      'and starts one byte low, and the purgatories are not alike',
      'x86_64-ovmf-4g',
      'kexec_file',
      'purgatory',
      'kexec_tools',
      ['walk-order', 'top-down-off-by-one', 'size'],
      [],
    ],
    [
      'the firmware map still lists what mem= takes away',
      'x86_64-seabios-4g-mem1g',
      'kexec_file',
      'kernel',
      'kexec_tools',
      ['firmware-map-has-more', 'walk-order'],
      ['0x17c000000-0x17ff97fff'],
    ],
    [
      "what memmap= punches out cuts the kernel's ranges, not the tool's",
      'x86_64-seabios-1g-exactfit',
      'kexec_file',
      'initrd',
      'kexec_tools',
      ['range-borders', 'firmware-map-has-more', 'follows'],
      [],
    ],
  ])('%s', (_why, capture, tag, kind, other, codes, evidence) => {
    const segment = compared(loadOf(capture, tag)).segments.find((s) => s.kind === kind)
    const causes = segment?.differences.find((d) => d.between[1] === other)?.causes ?? []
    expect(causes.map((c) => c.code)).toEqual(codes)
    const ranges = causes.filter((c) => c.code !== 'follows').flatMap((c) => c.ranges)
    expect(ranges.map((r) => `${r.start}-${r.last}`)).toEqual(expect.arrayContaining(evidence))
  })

  test('a second-level reserved that memblock has let go is named as stale', () => {
    const causes = loads
      .filter((l) => l.capture.startsWith('arm64'))
      .flatMap((l) => compared(l).segments.flatMap((s) => s.differences.flatMap((d) => d.causes)))
    const stale = causes.filter((c) => c.code === 'stale-reserved')
    expect(stale.length).toBeGreaterThan(0)
    for (const c of stale) expect(c.ranges.length).toBeGreaterThan(0)
  })

  test('a kept pin is its own cause', () => {
    const load = loadOf('arm64-dt-1g', 'kexec_file')
    const first = compared(load).loads.find((l) => l.strategy === 'pinned')?.plan
    const kernel = first?.segments.find((s) => s.kind === 'kernel')
    const mem = `0x${(Number(kernel?.mem) + 0x2000000).toString(16)}`
    const pin = { purpose: 'reboot', kind: 'kernel', mem, room: kernel?.room ?? 0, reason: 'test' } as const
    const again = compare(
      {
        snapshot: snapshotOf(loadCapture(load.capture)),
        kernel: { head: load.header, size: load.kernelSize },
        initrdSize: load.initrdSize,
        cmdline: load.cmdline,
        purpose: 'reboot',
        strategy: 'pinned',
        pins: [pin],
        booted: [],
      },
      FILES,
      sha256,
    )
    const causes = again.segments.find((s) => s.kind === 'kernel')?.differences.at(-1)?.causes
    expect(causes).toEqual([expect.objectContaining({ code: 'kept-pin' })])
  })

  test('a strategy without a plan says so, and the others are still shown', () => {
    const load = loadOf('arm64-dt-1g', 'kexec_file')
    const files = { ...loadCapture(load.capture) }
    delete files['memblock-memory']
    delete files['memblock-reserved']
    const { loads: made, segments } = compare(
      {
        snapshot: snapshotOf(files),
        kernel: { head: load.header, size: load.kernelSize },
        initrdSize: load.initrdSize,
        cmdline: load.cmdline,
        purpose: 'reboot',
        strategy: 'pinned',
        pins: [],
        booted: [],
      },
      FILES,
      sha256,
    )
    expect(made.map((l) => l.failure?.code ?? 'planned')).toEqual(['memblock-missing', 'planned', 'planned'])
    const codes = segments.flatMap((s) => s.differences.flatMap((d) => d.causes.map((c) => c.code)))
    expect(new Set(codes)).toEqual(new Set(['no-plan']))
  })
})

test('over random memory and firmware maps every difference has a cause that is known', () => {
  let different = 0
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          mib: fc.integer({ min: 1, max: 160 }),
          who: fc.constantFrom('both', 'kernel', 'firmware', 'none'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.constantFrom('6.1.0-amd64', '6.12.0-amd64'),
      (parts, release) => {
        let at = 0x1000000
        const ram: string[] = []
        const firmware: string[] = []
        for (const { mib, who } of parts) {
          const [start, last] = [at, at + mib * 0x100000 - 1]
          if (who === 'both' || who === 'kernel') ram.push(`${hex8(start)}-${hex8(last)} : System RAM`)
          if (who === 'both' || who === 'firmware')
            firmware.push(`${firmware.length} 0x${hex8(start)} 0x${hex8(last)} System RAM`)
          at = last + 1
        }
        if (ram.length === 0) return
        const host = x86Host(`${ram.join('\n')}\n`, {
          uname: `Linux host ${release} #1 SMP x86_64 GNU/Linux`,
          'firmware-memmap': firmware.length > 0 ? `${firmware.join('\n')}\n` : '',
        })
        const { segments } = compare(
          { ...REQUEST, snapshot: { ...host, memTotal: 2 ** 40 }, kernel: KERNEL.x86_64 },
          FILES,
          sha256,
        )
        for (const { differences } of segments) {
          for (const { causes } of differences) {
            different++
            expect(causes.length).toBeGreaterThan(0)
            expect(causes.map((c) => c.code)).not.toContain('cause-unknown')
          }
        }
      },
    ),
    { numRuns: 200 },
  )
  expect(different).toBeGreaterThan(100)
})

test('ground that was not free in an earlier boot is named', () => {
  const now = x86Host('01000000-7fffffff : System RAM\n')
  const before = x86Host('01000000-3fffffff : System RAM\n40000000-7fffffff : Reserved\n')
  const request = { ...REQUEST, snapshot: now, kernel: KERNEL.x86_64, history: [bootGround(before, [])] }
  const { segments } = compare(request, FILES, sha256)
  const causes = segments.find((s) => s.kind === 'kernel')?.differences.at(-1)?.causes ?? []
  expect(causes.map((c) => c.code)).toContain('unstable-ground')
})

const REQUEST = {
  initrdSize: 0x1000000,
  cmdline: 'nokaslr',
  purpose: 'reboot',
  strategy: 'pinned',
  pins: [],
  booted: [],
} as const

function hex8(n: number): string {
  return n.toString(16).padStart(8, '0')
}

test('findings name the loader that would book what it must not', () => {
  const { findings } = compared(loadOf('arm64-dt-1g', 'kexec_file'))
  const told = findings.filter((f) => /^(plan-over|books)-/.test(f.code)).map((f) => f.sentence)
  expect(told).toEqual(
    expect.arrayContaining([expect.stringMatching(/^kexec_file /), expect.stringMatching(/^kexec-tools /)]),
  )
  expect(told.filter((sentence) => sentence.startsWith('a pinned plan'))).toEqual([])
})

test.each([
  ['arm64-dt-1g', 'kexec_file'],
  ['x86_64-seabios-4g-mem1g', 'kexec_file'],
])('the text of %s', async (capture, tag) => {
  const text = compareText(compared(loadOf(capture, tag)))
  await expect(text).toMatchFileSnapshot(
    fileURLToPath(new URL(`../../golden/${capture}/compare.txt`, import.meta.url)),
  )
})
