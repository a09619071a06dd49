import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packAgainst, unpackAgainst } from '../../../src/http/snapshots/packed-files.ts'
import { packWhole, unpackWhole, type Files } from '../../../src/store/whole-files.ts'
import { snapshotOf } from '../fixtures.ts'

const LONG = Array.from({ length: 4000 }, (_, i) => `${(i * 2654435761) % 4294967296}\n`).join('')

/** What is most, of the same files packed by themselves. Units: hundredths. */
test.each<[why: string, basis: Files, files: Files, most: number]>([
  ['the same again', { iomem: LONG }, { iomem: LONG }, 1],
  ['a line more at the beginning of a long file', { iomem: LONG }, { iomem: `x\n${LONG}` }, 3],
  ['7 KiB more there', { iomem: LONG }, { iomem: LONG.slice(0, 7000) + LONG }, 3],
  ['7 KiB less there', { iomem: LONG }, { iomem: LONG.slice(7000) }, 3],
  ['the files in another order', { iomem: LONG, uname: 'a' }, { uname: 'a', iomem: LONG }, 1],
  ['nothing in common', { iomem: LONG }, { iomem: [...LONG].reverse().join('') }, 110],
  ['an empty basis', { iomem: '' }, { iomem: LONG }, 110],
  ['an empty file', { iomem: LONG, node: LONG }, { iomem: '', node: LONG }, 1],
  ['text of more bytes than letters', { iomem: LONG }, { iomem: `ü𝄞\u2028${LONG}` }, 3],
  [
    'a boot log at other times',
    { dmesg: LONG.replaceAll(/^/gm, '[    1.000000] ') },
    { dmesg: LONG.replaceAll(/^/gm, '[    2.000001] ') },
    2,
  ],
])('%s', async (_why, basis, files, most) => {
  const packed = await packAgainst(basis, files)
  if (!packed) throw new Error('both have the same files')
  expect(await unpackAgainst(basis, packed)).toEqual(files)
  expect((100 * packed.length) / (await packWhole(files)).length).toBeLessThan(most)
})

test.each<[why: string, basis: Files, files: Files]>([
  ['a file more', { iomem: 'a' }, { iomem: 'a', uname: 'b' }],
  ['a file less', { iomem: 'a', uname: 'b' }, { iomem: 'a' }],
  ['half a surrogate pair, which no bytes can say', { iomem: 'a' }, { iomem: 'a\ud800' }],
])('%s: not packed so, and whole they keep everything', async (_why, basis, files) => {
  expect(await packAgainst(basis, files)).toBeNull()
  expect(await unpackWhole(await packWhole(files))).toEqual(files)
})

const NAMES = ['iomem', 'uname', 'dmesg', 'fdt'] as const
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(LONG, LONG.slice(100), ''))
const boots = fc.subarray([...NAMES], { minLength: 1 }).chain((names) => {
  const files = fc.tuple(...names.map(() => text)).map((texts) => {
    return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? ''])) as Files
  })
  return fc.tuple(files, files)
})

test('whatever two boots hold, the second comes back', async () => {
  await fc.assert(
    fc.asyncProperty(boots, async ([basis, files]) => {
      const packed = await packAgainst(basis, files)
      if (packed) expect(await unpackAgainst(basis, packed)).toEqual(files)
    }),
  )
})

test('bytes that are damaged, or packed against others, are not taken for files', async () => {
  const [basis, other] = [snapshotOf('x86_64-ovmf-4g').files, snapshotOf('x86_64-seabios-8g-k612').files]
  const files = { ...basis, iomem: `x\n${basis.iomem}`, dmesg: `x\n${basis.dmesg}` }
  const packed = await packAgainst(basis, files)
  if (!packed) throw new Error('both have the same files')
  await expect(unpackAgainst(basis, packed.subarray(0, packed.length - 9))).rejects.toThrow()
  await expect(unpackAgainst(basis, packed.subarray(0, 2))).rejects.toThrow()
  const same = Object.fromEntries(Object.keys(files).map((name) => [name, other[name as 'iomem'] ?? '']))
  await expect(unpackAgainst(same, packed)).rejects.toThrow()
})

test('a difference that takes more than it may is given up', async () => {
  const [basis, files] = [{ iomem: LONG }, { iomem: [...LONG].reverse().join('') }]
  const length = (await packAgainst(basis, files))?.length ?? 0
  expect(length).toBeGreaterThan(0)
  expect(await packAgainst(basis, files, length)).not.toBeNull()
  expect(await packAgainst(basis, files, length - 1)).toBeNull()
})
