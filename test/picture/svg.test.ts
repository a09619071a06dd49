import { describe, expect, test } from 'vitest'
import type { PlanFailure } from '../../src/planner/index.ts'
import {
  diffPicture,
  diffSvg,
  mapPicture,
  mapSvg,
  SCALES,
  stripPicture,
  stripSvg,
  WIDTHS,
} from '../../src/picture/index.ts'
import { escaped } from '../../src/picture/svg.ts'
import { captureNames } from '../capture.ts'
import { fragmentedArm64, fragmentedX86, fullArm64 } from '../bench/fragmented.ts'
import { plan, snapshotOf, x86Host } from '../planner/host.ts'
import { everyElement, readMarkup } from './markup.ts'
import { bareMap, bootOf, HOSTILE, loadMap, pinsIn } from './subjects.ts'

const SHAPES = ['svg', 'title', 'desc', 'style', 'defs', 'pattern', 'g', 'rect', 'path', 'text']
const ATTRIBUTES = [
  ...['xmlns', 'class', 'role', 'viewBox', 'width', 'height', 'id', 'x', 'y', 'd', 'patternUnits'],
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-linejoin', 'stroke-dasharray', 'paint-order'],
  ...['font-family', 'font-size', 'font-weight', 'text-anchor', 'pointer-events'],
]
const KB = 1000

/** What holds of every picture, whatever is in it. */
function expectSound(svg: string): void {
  const all = everyElement(readMarkup(svg.trimEnd()))
  expect(all.filter(({ name }) => !SHAPES.includes(name))).toEqual([])
  const attributes = new Set(all.flatMap((element) => Object.keys(element.attributes)))
  expect([...attributes].filter((name) => !ATTRIBUTES.includes(name))).toEqual([])
  const ids = all.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]))
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  const unnamed = all.filter(
    ({ name, attributes: { id = '' }, children }) =>
      name === 'rect' && /-[0-9a-f]+$/.test(id) && children[0]?.name !== 'title',
  )
  expect(unnamed).toEqual([])
  const numbers = all.flatMap(({ attributes: { x, y, width, height } }) => [x, y, width, height])
  expect(numbers.filter((n) => n !== undefined && !/^-?\d+(\.\d{1,2})?$/.test(n))).toEqual([])
  expect(svg).not.toMatch(/NaN|undefined|Infinity|\[object/)
}

describe('every capture', () => {
  test.each(captureNames())('%s', (name) => {
    const picture = bareMap(name)
    for (const scale of SCALES) {
      for (const width of [360, 720]) {
        const svg = mapSvg(picture, { scale, width, standalone: true })
        expectSound(svg)
        expect(svg.length).toBeLessThan(60 * KB)
      }
    }
  })
})

test.each<[why: string, svg: (options: object) => string]>([
  ['a map', (options) => mapSvg(loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned'), options)],
  [
    'a refusal',
    (options) => mapSvg(loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file'), options),
  ],
  [
    'two boots',
    (options) => {
      const [before, after] = [bootOf('x86_64-ovmf-4g'), bootOf('x86_64-ovmf-2g-k612')]
      return diffSvg(diffPicture({ before, after, ...pinsIn(before, after) }), options)
    },
  ],
  [
    'a strip',
    (options) => {
      const boots = ['1', '2', '3'].map((n) => ({
        name: n,
        snapshot: bootOf(`arm64-uefi-acpi-512m-kaslr${n}`),
      }))
      return stripSvg(stripPicture({ boots }), options)
    },
  ],
])('%s: the same bytes every time, with and without a style of its own', (_why, svg) => {
  const inline = svg({})
  expectSound(inline)
  expect(svg({})).toBe(inline)
  expect(inline).not.toMatch(/<style|style="/)
  const alone = svg({ standalone: true })
  expectSound(alone)
  expect(alone).toMatch(/<style>[^<]*prefers-color-scheme:dark[^<]*<\/style>/)
  expect(svg({ prefix: 'other-' })).toMatch(/ id="other-/)
})

test('every colour of a shape can be changed by a rule of the style that comes with it', () => {
  const all = everyElement(
    readMarkup(mapSvg(loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned'), { standalone: true }).trimEnd()),
  )
  const style = all.find(({ name }) => name === 'style')?.text ?? ''
  const coloured = all.filter(({ attributes: { fill = 'none' } }) => fill.startsWith('#'))
  const named = coloured.flatMap(({ attributes: { class: of = '' } }) => of.split(' '))
  expect(coloured.filter((element) => !element.attributes['class'])).toEqual([])
  expect([...new Set(named)].filter((name) => !style.includes(`.${name}{`))).toEqual([])
})

test('ids are made of lane and address', () => {
  const ids = everyElement(readMarkup(mapSvg(bareMap('x86_64-ovmf-4g')).trimEnd())).map(
    ({ attributes }) => attributes['id'],
  )
  expect(ids).toEqual(expect.arrayContaining(['firmware-7fb6c000', 'iomem-6b000000', 'usable-100000000']))
})

describe('more than can be drawn', () => {
  test.each([
    ['arm64', fragmentedArm64],
    ['x86_64', fragmentedX86],
    ['arm64, nowhere a hole', fullArm64],
  ] as const)(
    '%s: below 100 KB',
    (_why, files) => {
      for (const n of [100, 500, 3000]) {
        const snapshot = snapshotOf(files(n))
        const made = plan(snapshot, { strategy: 'kexec_file', initrdSize: 0x2800000 })
        const answer = made.ok ? { plan: made.value } : { failure: made.error }
        const svg = mapSvg(mapPicture({ snapshot, ...answer }), { standalone: true })
        expectSound(svg)
        expect(svg.length).toBeLessThan(100 * KB)
      }
    },
    120_000,
  )

  test('two boots that have nothing in common', () => {
    const before = snapshotOf(fragmentedX86(500))
    const svg = diffSvg(diffPicture({ before, after: snapshotOf(fragmentedArm64(500)) }), {
      standalone: true,
    })
    expectSound(svg)
    expect(svg.length).toBeLessThan(150 * KB)
  })

  test('sixty boots, and of more the newest', () => {
    const snapshot = bootOf('arm64-uefi-acpi-4g-boot1')
    const boots = Array.from({ length: 70 }, (_, i) => ({ name: `boot ${i}`, snapshot }))
    const svg = stripSvg(stripPicture({ boots }))
    expectSound(svg)
    expect(svg.length).toBeLessThan(150 * KB)
    expect([svg.includes('boot 9<'), svg.includes('boot 9,'), svg.includes('boot 10,')]).toEqual([
      false,
      false,
      true,
    ])
  })
})

describe('hostile names', () => {
  /** iomem holds one line a name: what would end a line cannot be in one. */
  const named = (name: string) =>
    x86Host(`00100000-1fffffff : System RAM\n20000000-2fffffff : ${name}\n30000000-3fffffff : System RAM\n`)
  const failing = (detail: string): PlanFailure => ({ code: 'unknown-rules', detail })

  test.each(HOSTILE)('%j', (name) => {
    // eslint-disable-next-line no-control-regex -- what would end a line
    const inLine = name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    const snapshot = named(inLine)
    const pins = [
      { purpose: 'reboot' as const, kind: 'kernel' as const, mem: '0x400000', room: 0x1000, reason: name },
    ]
    const subject = { snapshot, title: name, pins, failure: failing(name) }
    const pictures = [
      mapSvg(mapPicture(subject), { standalone: true, prefix: name }),
      diffSvg(diffPicture({ before: snapshot, after: named('x'), title: name, names: [name, name] })),
      stripSvg(stripPicture({ boots: [{ name, snapshot }], title: name, pins })),
    ]
    for (const svg of pictures) {
      expectSound(svg)
      // eslint-disable-next-line no-control-regex -- these must not be there
      expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      expect(encodeURIComponent(svg)).not.toBe('')
    }
  })

  test.each<[text: string, want: string]>([
    [`<a href="x" b='y'>&amp;`, '&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;'],
    ['a\u0000b\u001bc\u202ed', 'a\ufffdb\ufffdc\ufffdd'],
    ['\ud800 \ud83d\ude00 \udc00', '\ufffd \ud83d\ude00 \ufffd'],
  ])('%j is escaped', (text, want) => expect(escaped(text)).toBe(want))
})

test.each<[asked: number | undefined, width: number]>([
  [undefined, WIDTHS.usual],
  [WIDTHS.least - 1, WIDTHS.least],
  [WIDTHS.least, WIDTHS.least],
  [WIDTHS.most + 1, WIDTHS.most],
  [500.4, 500],
])('a width of %s gives one of %i', (asked, width) => {
  const svg = mapSvg(bareMap('x86_64-seabios-512m'), asked === undefined ? {} : { width: asked })
  expect(svg).toMatch(new RegExp(`^<svg [^>]*viewBox="0 0 ${width} \\d+" width="${width}"`))
})
