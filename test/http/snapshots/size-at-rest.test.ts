import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { enroll, post, snapshotOf } from '../fixtures.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(() => api.close())

/** What a snapshot's row may take, in hundredths of the text that was posted: as it is today, and a hundredth more. */
test.each<[why: string, capture: string, first: number, files: number, beside: number]>([
  ['a boot log that is most of it', 'x86_64-ovmf-4g', 17, 1, 2],
  ['firmware that has little to tell', 'x86_64-seabios-8g-k612', 23, 1, 3],
  ['memblock, and a finding', 'arm64-uefi-acpi-4g-boot1', 21, 1, 6],
  ['a long boot log', 'arm64-uefi-acpi-4g-debian61', 10, 1, 3],
])(
  '%s: files are packed, and what is made of them stays small',
  async (_why, capture, first, next, beside) => {
    const host = await enroll(api, { arch: capture.split('-')[0] ?? '' })
    const sizes: number[] = []
    for (const boot of ['1', '2']) {
      const posted = snapshotOf(capture, boot)
      const text = Buffer.byteLength(JSON.stringify(posted))
      const row = await api.store.snapshots.withFiles(host.id, (await post(api, host, posted)).id)
      const basis = await api.store.snapshotBases.get(row?.basisId ?? '')
      if (!row || !basis) throw new Error('it is packed')
      const files = row.files.length + (boot === '1' ? basis.packedSize : 0)
      expect((100 * files) / text).toBeLessThan(boot === '1' ? first : next)
      sizes.push((100 * (row.findings + row.summary + row.ground).length) / text)
    }
    expect(Math.max(...sizes)).toBeLessThan(beside)
  },
)
