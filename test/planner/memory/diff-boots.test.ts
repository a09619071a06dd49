import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hex } from '../../../src/planner/bytes/phys-addr.ts'
import { merged, range, rangeOfSize, sizeOf, subtract } from '../../../src/planner/bytes/range.ts'
import {
  diffBoots,
  diffLane,
  LANES,
  linesIn,
  type MapChange,
  type MapLine,
} from '../../../src/planner/memory/diff-boots.ts'
import { diffSentence, diffText, sizeText } from '../../../src/planner/memory/diff-text.ts'
import { hardwareText } from '../../../src/planner/memory/hardware-text.ts'
import { memoryMap } from '../../../src/planner/memory/memory-map.ts'
import { bookable } from '../../../src/planner/memory/views.ts'
import { loadCapture } from '../../capture.ts'
import { snapshotOf, x86Host } from '../host.ts'

const boot = (name: string) => snapshotOf(loadCapture(name))
const line = (start: number, last: number, name = 'reserved'): MapLine => ({
  name,
  range: range(start, last),
})
const shown = (l: MapLine | null) => (l ? `${hex(l.range.start)}-${hex(l.range.last)} ${l.name}` : '-')
const told = (changes: readonly MapChange[]) =>
  changes.map((c) => `${c.change} ${shown(c.before)} > ${shown(c.after)}`)

describe('one lane', () => {
  test.each<[why: string, before: MapLine[], after: MapLine[], want: string[]]>([
    ['nothing changed', [line(0, 9), line(20, 29)], [line(20, 29), line(0, 9)], []],
    ['added', [], [line(0, 9)], ['added - > 0x0-0x9 reserved']],
    ['removed', [line(0, 9)], [], ['removed 0x0-0x9 reserved > -']],
    [
      'the same size elsewhere',
      [line(0, 9)],
      [line(16, 25)],
      ['moved 0x0-0x9 reserved > 0x10-0x19 reserved'],
    ],
    [
      'one byte more elsewhere',
      [line(0, 9)],
      [line(16, 26)],
      ['removed 0x0-0x9 reserved > -', 'added - > 0x10-0x1a reserved'],
    ],
    [
      'one byte more from the same start',
      [line(0, 9)],
      [line(0, 10)],
      ['resized 0x0-0x9 reserved > 0x0-0xa reserved'],
    ],
    [
      'one byte less up to the same last',
      [line(0, 9)],
      [line(1, 9)],
      ['resized 0x0-0x9 reserved > 0x1-0x9 reserved'],
    ],
    ['another name', [line(0, 9)], [line(0, 9, 'ACPI')], ['renamed 0x0-0x9 reserved > 0x0-0x9 ACPI']],
    [
      'another name and another size',
      [line(0, 9)],
      [line(0, 8, 'ACPI')],
      ['added - > 0x0-0x8 ACPI', 'removed 0x0-0x9 reserved > -'],
    ],
    [
      'split: one part goes on, the other is new',
      [line(0, 9)],
      [line(0, 4), line(5, 9)],
      ['resized 0x0-0x9 reserved > 0x0-0x4 reserved', 'added - > 0x5-0x9 reserved'],
    ],
    [
      'a border goes before a move',
      [line(0, 9), line(100, 109)],
      [line(0, 19), line(30, 39)],
      ['resized 0x0-0x9 reserved > 0x0-0x13 reserved', 'moved 0x64-0x6d reserved > 0x1e-0x27 reserved']
        .toReversed()
        .toReversed(),
    ],
    [
      'the nearest, not the first',
      [line(0, 9), line(100, 109)],
      [line(120, 129)],
      ['removed 0x0-0x9 reserved > -', 'moved 0x64-0x6d reserved > 0x78-0x81 reserved'],
    ],
    [
      'of two as near the lower',
      [line(100, 109)],
      [line(80, 89), line(120, 129)],
      ['moved 0x64-0x6d reserved > 0x50-0x59 reserved', 'added - > 0x78-0x81 reserved'],
    ],
    [
      'the nearest pair takes its partner from another',
      [line(0, 9), line(60, 69)],
      [line(40, 49), line(300, 309)],
      ['moved 0x0-0x9 reserved > 0x12c-0x135 reserved', 'moved 0x3c-0x45 reserved > 0x28-0x31 reserved'],
    ],
    ['twins are counted', [line(0, 9), line(0, 9)], [line(0, 9)], ['removed 0x0-0x9 reserved > -']],
  ])('%s', (_why, before, after, want) => {
    expect(told(diffLane('iomem', before, after))).toEqual(want)
  })

  const lines = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom(8, 16, 24), fc.constantFrom('a', 'b'))
      .map(([at, bytes, name]): MapLine => ({ name, range: rangeOfSize(at * 8, bytes) })),
    { maxLength: 40 },
  )

  test('the changes, applied to what was, give what is; the other way round they are mirrored', () => {
    const property = fc.property(lines, lines, (before, after) => {
      const changes = diffLane('iomem', before, after)
      expect(applied(before, changes)).toEqual(after.map(shown).sort())
      expect(diffLane('iomem', after, before)).toEqual(changes.map(mirrored))
      expect(diffLane('iomem', before.toReversed(), after.toReversed())).toEqual(changes)
    })
    fc.assert(property, { numRuns: 300, seed: 4 })
  })

  test('50,000 ranges that all moved', () => {
    const many = (by: number) =>
      Array.from({ length: 50_000 }, (_, i) => line(i * 0x10000 + by, i * 0x10000 + by + 0xfff))
    const changes = diffLane('memblock-reserved', many(0), many(0x3000))
    expect(changes.every((c) => c.change === 'moved')).toBe(true)
    expect(changes).toHaveLength(50_000)
  })
})

function applied(before: readonly MapLine[], changes: readonly MapChange[]): string[] {
  const left = before.map(shown)
  for (const change of changes) {
    if (!change.before) continue
    const at = left.indexOf(shown(change.before))
    expect(at).toBeGreaterThanOrEqual(0)
    left.splice(at, 1)
  }
  return [...left, ...changes.flatMap((c) => (c.after ? [shown(c.after)] : []))].sort()
}

function mirrored(change: MapChange): MapChange {
  const other = { added: 'removed', removed: 'added' } as const
  const word = change.change === 'added' || change.change === 'removed' ? other[change.change] : change.change
  return { lane: change.lane, change: word, before: change.after, after: change.before }
}

const PAIRS: readonly (readonly [string, string, hardwareChanged: boolean])[] = [
  ['arm64-uefi-acpi-4g-boot1', 'arm64-uefi-acpi-4g-boot2', false],
  ['arm64-uefi-acpi-2g-exec-k612', 'arm64-uefi-acpi-2g-exec-k612-host2', false],
  ['arm64-dt-2g-smp4-gicv2-toolsexec-k612', 'arm64-dt-2g-smp4-gicv2-toolsexec-k612-host2', false],
  ['x86_64-seabios-4g-kaslr1', 'x86_64-seabios-4g-nokaslr', false],
  ['x86_64-seabios-4g-kaslr1', 'x86_64-seabios-4g-mem1g', false],
  ['x86_64-ovmf-4g', 'x86_64-ovmf-4g-exec', false],
  ['x86_64-ovmf-4g', 'x86_64-ovmf-2g-k612', true],
  ['arm64-dt-1g', 'arm64-dt-1g-fragment', true],
  ['arm64-dt-1g', 'x86_64-seabios-1g', true],
]

describe('boots of captured hosts', () => {
  test.each(PAIRS)('%s and %s', (first, second, hardwareChanged) => {
    const [before, after] = [boot(first), boot(second)]
    const diff = diffBoots(before, after)
    for (const lane of LANES) {
      const changes = diff.changes.filter((c) => c.lane === lane)
      expect(applied(linesIn(before, lane), changes)).toEqual(linesIn(after, lane).map(shown).sort())
    }
    expect(diff.hardwareChanged).toBe(hardwareChanged)
    expect(diff.hardwareChanged).toBe(hardwareText(before) !== hardwareText(after))
    expect(diff.changes.some((c) => c.lane === 'firmware')).toBe(hardwareChanged)

    const strict = (of: typeof before) => bookable(memoryMap(of), 'strict')
    expect(merged([...subtract(strict(before), diff.lost), ...diff.gained])).toEqual(strict(after))

    const back = diffBoots(after, before)
    expect(back.changes).toEqual(diff.changes.map(mirrored))
    expect([back.gained, back.lost]).toEqual([diff.lost, diff.gained])
    expect(back.cmdline).toEqual(diff.cmdline && { before: diff.cmdline.after, after: diff.cmdline.before })
  })

  test.each([...new Set(PAIRS.flatMap(([a, b]) => [a, b]))])('%s does not differ from itself', (name) => {
    expect(diffBoots(boot(name), boot(name))).toEqual({
      changes: [],
      hardwareChanged: false,
      release: null,
      cmdline: null,
      bootId: null,
      gained: [],
      lost: [],
    })
  })

  test('where KASLR put the kernel is a move of its lines, each named with the line that it lies in', () => {
    const { changes } = diffBoots(boot('x86_64-seabios-4g-kaslr1'), boot('x86_64-seabios-4g-nokaslr'))
    const names = changes.filter((c) => c.change === 'moved').map((c) => c.after?.name)
    expect(names).toContain('System RAM / Kernel code')
    expect(new Set(changes.map((c) => c.lane))).toEqual(new Set(['iomem']))
  })
})

describe('as text', () => {
  const RAM = '00100000-1fffffff : System RAM\n'
  const map = (last: string) => ({ 'firmware-memmap': `0 0x100000 ${last} System RAM\n` })

  test('a sentence, then what changed in words, then a line a change in columns', () => {
    const before = x86Host(`${RAM}  01000000-011fffff : Kernel code\n`, {
      cmdline: 'a\n',
      ...map('0x1fffffff'),
    })
    const after = x86Host(`${RAM}  03000000-031fffff : Kernel code\n`, {
      cmdline: 'b\n',
      ...map('0x1fefffff'),
    })
    expect(diffText(diffBoots(before, after))).toBe(
      [
        'Firmware tells another map; 2 changes: 1 in firmware, 1 in iomem; 0 B more and 1 MiB less may be booked.',
        '',
        'cmdline before: a',
        'cmdline after:  b',
        '',
        'firmware  resized  0x100000-0x1fffffff -> 0x100000-0x1fefffff  511 MiB -> 510 MiB  System RAM',
        'iomem     moved    0x1000000-0x11fffff -> 0x3000000-0x31fffff  2 MiB               System RAM / Kernel code',
        'bookable  lost     0x1ff00000-0x1fffffff                       1 MiB',
        '',
      ].join('\n'),
    )
  })

  test('nothing to tell is one line', () => {
    const same = x86Host(RAM)
    expect(diffText(diffBoots(same, same))).toBe('Both boots show the same memory.\n')
  })

  test('the same lists, and yet less to book: hardware writes to what only the boot log names', () => {
    const files = loadCapture('arm64-dt-1g')
    const { dmesg: _log, ...silent } = files
    const diff = diffBoots(snapshotOf(silent), snapshotOf(files))
    expect(diff.changes).toEqual([])
    expect(diffSentence(diff)).toBe(
      'Both boots list the same memory, but 0 B more and 128 KiB less may be booked.',
    )
  })

  test('one change is no plural', () => {
    const diff = diffBoots(x86Host(RAM), x86Host(`${RAM}20000000-2000ffff : Reserved\n`))
    expect(diffSentence(diff)).toMatch(/is the same; 1 change: 1 in iomem; 0 B more and 0 B less/)
  })

  test.each<[bytes: number, text: string]>([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [0x200000, '2 MiB'],
    [sizeOf(range(0, 0x17fffffff)), '6 GiB'],
    [2 ** 52, '4 PiB'],
  ])('%i bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))
})
