import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  diffMapText,
  diffPicture,
  diffSvg,
  mapSvg,
  mapText,
  stripPicture,
  stripSvg,
  stripText,
} from '../../src/picture/index.ts'
import { bootOf, loadMap, pinsIn } from './subjects.ts'

const AS_FILE = { standalone: true }
const AS_TEXT = { columns: 110, colour: false }

/** `npm run golden:write` rewrites the files, and the diff is reviewed; better: they are looked at. */
const golden = (name: string) => fileURLToPath(new URL(`../golden/picture/${name}`, import.meta.url))

test.each<[name: string, why: string, picture: ReturnType<typeof loadMap>]>([
  [
    'arm64-plan',
    'a plan with pins, UEFI and ACPI',
    loadMap('arm64-uefi-acpi-4g-boot1', 'kexec_file', 'pinned'),
  ],
  ['x86_64-plan', 'a firmware map and no memblock', loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned')],
  [
    'refused-initrd',
    'twenty-three holes',
    loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file'),
  ],
  [
    'refused-crash',
    'one hole and a limit',
    loadMap('arm64-dt-2g-crash-toobig', 'kexec_file_crash_ctoobig', 'pinned'),
  ],
  [
    'refused-taken',
    'a segment in the way',
    loadMap('x86_64-seabios-2g-crash-toobig', 'kexec_file_crash', 'kexec_file'),
  ],
])('%s: %s', async (name, _why, picture) => {
  await expect(mapSvg(picture, AS_FILE)).toMatchFileSnapshot(golden(`${name}.svg`))
  await expect(mapText(picture, AS_TEXT)).toMatchFileSnapshot(golden(`${name}.txt`))
})

test.each<[name: string, why: string, scale: 'ordinal' | 'linear', width: number]>([
  ['x86_64-plan-linear', 'true proportion, with a gap that is broken', 'linear', 720],
  ['x86_64-plan-narrow', 'a telephone', 'ordinal', 360],
])('%s: %s', async (name, _why, scale, width) => {
  const picture = loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned')
  await expect(mapSvg(picture, { ...AS_FILE, scale, width })).toMatchFileSnapshot(golden(`${name}.svg`))
})

test('two boots of one machine, and what becomes of the pins', async () => {
  const names = ['arm64-uefi-acpi-2g-exec-k612', 'arm64-uefi-acpi-2g-exec-k612-host2'] as const
  const [before, after] = [bootOf(names[0]), bootOf(names[1])]
  const picture = diffPicture({ before, after, title: names[0], names, ...pinsIn(before, after) })
  await expect(diffSvg(picture, AS_FILE)).toMatchFileSnapshot(golden('diff.svg'))
  await expect(diffMapText(picture, AS_TEXT)).toMatchFileSnapshot(golden('diff.txt'))
})

test('five boots of one machine', async () => {
  const boots = ['boot1', 'boot2', 'boot3', 'nokaslr1', 'nokaslr2'].map((name) => {
    return { name, snapshot: bootOf(`arm64-uefi-acpi-4g-${name}`) }
  })
  const { pins } = pinsIn(bootOf('arm64-uefi-acpi-4g-boot1'), bootOf('arm64-uefi-acpi-4g-boot2'))
  const picture = stripPicture({ boots, title: 'arm64-uefi-acpi-4g', pins })
  await expect(stripSvg(picture, AS_FILE)).toMatchFileSnapshot(golden('strip.svg'))
  await expect(stripText(picture, AS_TEXT)).toMatchFileSnapshot(golden('strip.txt'))
})
