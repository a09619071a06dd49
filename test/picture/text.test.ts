import { describe, expect, test } from 'vitest'
import { lineOf, linesOf } from '../../src/picture/ansi.ts'
import {
  diffMapText,
  diffPicture,
  mapPicture,
  mapText,
  stripPicture,
  stripText,
  type TextOptions,
} from '../../src/picture/index.ts'
import { captureNames } from '../capture.ts'
import { x86Host } from '../planner/host.ts'
import { bareMap, bootOf, HOSTILE, loadMap, pinsIn } from './subjects.ts'

// eslint-disable-next-line no-control-regex -- that is how a terminal is told of colours
const SEQUENCE = /\u001b\[[0-9;]*m/g
const widest = (text: string) =>
  Math.max(...text.split('\n').map((line) => line.replace(SEQUENCE, '').length))

/** Never wider than asked; with colours the same as without. */
function expectFits(render: (options: TextOptions) => string): void {
  for (const columns of [40, 80, 132]) {
    const plain = render({ columns, colour: false })
    expect(widest(plain)).toBeLessThanOrEqual(columns)
    expect(plain).not.toContain('\u001b')
    expect(render({ columns, colour: true }).replace(SEQUENCE, '')).toBe(plain)
    expect(render({ columns, colour: false })).toBe(plain)
  }
}

test.each(captureNames())('%s fits any terminal', (name) => {
  const picture = bareMap(name)
  expectFits((options) => mapText(picture, options))
  expectFits((options) => mapText(picture, { ...options, every: true }))
})

test('so do a refusal, a diff and a strip', () => {
  const refusal = loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file')
  const [before, after] = [bootOf('x86_64-ovmf-4g'), bootOf('x86_64-ovmf-2g-k612')]
  const diff = diffPicture({ before, after, ...pinsIn(before, after) })
  const boots = [before, after].map((snapshot, i) => ({ name: `boot ${i}`, snapshot }))
  expectFits((options) => mapText(refusal, options))
  expectFits((options) => diffMapText(diff, options))
  expectFits((options) =>
    stripText(stripPicture({ boots, pins: diff.pins.length > 0 ? pinsIn(before, after).pins : [] }), options),
  )
})

test('fewer columns than there can be are taken for the fewest', () => {
  const picture = bareMap('x86_64-seabios-512m')
  expect(mapText(picture, { columns: 1, colour: false })).toBe(
    mapText(picture, { columns: 40, colour: false }),
  )
})

test('each refused hole has its number, and every one is told', () => {
  const picture = loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file')
  const text = mapText(picture, { columns: 200, colour: false })
  const told = [...text.matchAll(/^ ?\[(\d+)\] 0x/gm)].map(([, number]) => Number(number))
  expect(told).toEqual(picture.refused.map(({ number }) => number))
  expect(text).toContain('[5] 0x50008000-0x5c0fefff: too small, 7 MiB short (0x709000)')
  expect(text).toContain('→ An initrd smaller by 7376896 bytes')
})

test('`every` keeps lines apart that else are put together', () => {
  const picture = bareMap('arm64-uefi-acpi-4g-boot1')
  const [some, all] = [false, true].map((every) => mapText(picture, { columns: 120, colour: false, every }))
  expect(some).toContain('42 devices')
  expect(all).not.toContain('devices\n')
  expect(all).toContain('LNRO0005:1f')
})

describe('names that a terminal would act upon', () => {
  test.each(HOSTILE)('%j', (name) => {
    // eslint-disable-next-line no-control-regex -- what would end a line of iomem cannot be in one
    const inLine = name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    const snapshot = x86Host(`00100000-1fffffff : System RAM\n20000000-2fffffff : ${inLine}\n`)
    const texts = [
      mapText(mapPicture({ snapshot, title: name }), { columns: 60, colour: false }),
      diffMapText(
        diffPicture({
          before: snapshot,
          after: bootOf('x86_64-seabios-512m'),
          title: name,
          names: [name, name],
        }),
        { columns: 60, colour: false },
      ),
      stripText(stripPicture({ boots: [{ name, snapshot }], title: name }), { columns: 60, colour: false }),
    ]
    for (const text of texts) expect(text).toMatch(/^[\n\x20-\x7e\u00a1-\u024f…→×]*$/)
  })

  test.each<[why: string, text: string, columns: number, want: string]>([
    ['it fits', 'abcd', 4, 'abcd'],
    ['one too long', 'abcde', 4, 'abc…'],
    ['a wide letter is one of unknown width', '日a', 4, '?a'],
    ['one of two halves', '👩a', 4, '?a'],
    ['an escape', '\u001b[2Ja', 8, '?[2Ja'],
  ])('%s', (_why, text, columns, want) => {
    expect(lineOf([{ text }], columns, false)).toBe(want)
  })

  test('a word that is longer than a line is cut, not lost', () => {
    expect(linesOf('ab cdefghij k', 4, null, false)).toEqual(['ab', 'cdef', 'ghij', 'k'])
  })
})
