import { expect, test } from 'vitest'
import { mapFacts, mapPicture, mapSvg, mapText, type MapPicture } from '../../src/picture/index.ts'
import { plan, snapshotOf } from '../planner/host.ts'
import { fragmentedArm64, fragmentedX86, fullArm64 } from './fragmented.ts'
import { EFFORT, shown, sideBySide } from './measure.ts'
import { SHORT } from './short.ts'

const SIZES = SHORT ? [10, 100] : [10, 100, 500, 5_000]

const STEPS: readonly (readonly [name: string, step: (picture: MapPicture) => unknown])[] = [
  ['SVG, ordinal', (picture) => mapSvg(picture, { standalone: true })],
  ['SVG, linear', (picture) => mapSvg(picture, { standalone: true, scale: 'linear' })],
  ['text', (picture) => mapText(picture, { columns: 120, colour: true })],
  ['facts', (picture) => mapFacts(picture)],
]

test.each([
  ['arm64', fragmentedArm64],
  ['x86_64', fragmentedX86],
  ['arm64, nowhere a hole', fullArm64],
] as const)('%s', (host, files) => {
  const subjects = SIZES.map((n) => {
    const snapshot = snapshotOf(files(n))
    const made = plan(snapshot, { strategy: 'kexec_file', initrdSize: 0x2800000 })
    return { snapshot, ...(made.ok ? { plan: made.value } : { failure: made.error }) }
  })
  for (const [name, step] of STEPS) {
    const timings = sideBySide(
      subjects.map((subject) => () => step(mapPicture(subject))),
      EFFORT,
    )
    const each = timings.map(({ cpu }, i) => `${SIZES[i]}: ${shown(cpu / 1000)} ms CPU`)
    console.log(`${host}: ${name}\n  ${each.join('  ')}`)
    expect(timings.every(({ cpu }) => cpu > 0)).toBe(true)
  }
})
