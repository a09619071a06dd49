import { expect, test } from 'vitest'
import { takeSnapshot } from '../../../src/http/snapshots/take-snapshot.ts'
import { bootGround } from '../../../src/planner/index.ts'
import { groundText } from '../../../src/store/snapshots.ts'
import { snapshotOf } from '../fixtures.ts'

/** What a snapshot's row may take, in hundredths of the text that was posted: as it is today, and a hundredth more. */
test.each<[why: string, capture: string, files: number, beside: number]>([
  ['a boot log that is most of it', 'x86_64-ovmf-4g', 17, 2],
  ['firmware that has little to tell', 'x86_64-seabios-8g-k612', 23, 3],
  ['memblock, and a finding', 'arm64-uefi-acpi-4g-boot1', 21, 6],
  ['a long boot log', 'arm64-uefi-acpi-4g-debian61', 10, 3],
])('%s: files are packed, and what is made of them stays small', async (_why, capture, files, beside) => {
  const posted = snapshotOf(capture)
  const text = Buffer.byteLength(JSON.stringify(posted))
  const taken = await takeSnapshot(posted)
  const made = [
    JSON.stringify(taken.findings),
    JSON.stringify(taken.summary),
    groundText(bootGround(taken.snapshot, [])),
  ]
  expect((100 * taken.files.length) / text).toBeLessThan(files)
  expect((100 * made.join('').length) / text).toBeLessThan(beside)
})
