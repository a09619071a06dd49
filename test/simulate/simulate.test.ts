import { beforeAll, describe, expect, test } from 'vitest'
import { runPlot } from '../../src/simulate/plot.ts'
import { RATES } from '../../src/simulate/rates.ts'
import { pinsHeld, runJson, runTable, totalsOf, type Run } from '../../src/simulate/report.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { HOSTS } from '../capture.ts'

/** One host of each kind: loader or UEFI, tree or ACPI, both kernels, page sizes, NUMA, kexec'ed hosts. */
const KINDS = [
  'arm64-dt-1g-exec-gicv2',
  'arm64-dt-2g-k612-64k',
  'arm64-dt-2g-smp4-gicv2-toolsexec-k612-host2',
  'arm64-uefi-acpi-1g-kaslr1',
  'arm64-uefi-acpi-2g-exec-k612-host2',
  'arm64-uefi-acpi-4g-boot1',
  'arm64-uefi-acpi-512m-kaslr2-k612',
  'arm64-uefi-acpi-48g-numa4-high',
  'arm64-uefi-dt-3g-nomap',
  'x86_64-ovmf-4g-exec',
  'x86_64-ovmf-2g-k612',
  'x86_64-seabios-4g-kaslr1',
  'x86_64-seabios-4g-mem1g',
]
const BOOTS = 12
/** Firmware changes are rare; in so few boots some must come. */
const EVENTFUL = { ...RATES, boot_by_firmware: 0.5, firmware_change: 0.3 }

function run(asked: Partial<Parameters<typeof simulate>[0]> = {}): Promise<Run> {
  return simulate({
    folder: HOSTS,
    only: KINDS,
    seed: 1,
    boots: BOOTS,
    rates: EVENTFUL,
    workers: 0,
    ...asked,
  })
}

describe('hosts of every kind', () => {
  let first: Run

  beforeAll(async () => {
    first = await run()
  })

  test('pinned plans are safe, and move with their firmware alone', () => {
    const { violations, moves_unexplained, refusals, boots } = totalsOf(first, 'pinned')
    expect({ violations, moves_unexplained, refusals }).toEqual({
      violations: 0,
      moves_unexplained: 0,
      refusals: 0,
    })
    expect(boots).toBe(KINDS.length * BOOTS)
    expect(pinsHeld(first)).toBe(true)
  })

  test('the running kernel alone moves its kernel', () => {
    expect(totalsOf(first, 'kexec_file').kernel_moves).toBeGreaterThan(0)
  })

  test('boots come by kexec and by firmware, and some firmware is changed', () => {
    const { by_kexec, boots, firmware_changes } = totalsOf(first, 'pinned')
    expect(by_kexec).toBeGreaterThan(boots / 4)
    expect(by_kexec).toBeLessThan((boots * 3) / 4)
    expect(firmware_changes).toBeGreaterThan(0)
  })

  test('every strategy meets the same changes of firmware', () => {
    for (const { tallies } of first.results)
      expect(new Set(tallies.map((t) => t.firmware_changes)).size, JSON.stringify(tallies)).toBe(1)
  })

  test('the last line says what the exit code says', () => {
    expect(runTable(first).trimEnd().split('\n').at(-1)).toMatch(
      /^pinned: 0 violations, 0 moves after the second boot \(\d+ at the second\), \d+ with a firmware change; kexec_file: [1-9]\d* moves \(\d+ of the kernel\), \d+ violations$/,
    )
  })

  test('the picture names every host and loads nothing', () => {
    const svg = runPlot(first)
    for (const name of KINDS) expect(svg).toContain(`>${name}</text>`)
    expect(svg).toMatch(/<title id="title">.+<\/title>/)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|href/)
  })
})

describe('the same question', () => {
  const few = { only: ['arm64-uefi-acpi-4g-boot1', 'arm64-dt-2g-k612-64k', 'x86_64-ovmf-4g'], boots: 6 }
  const bytes = (r: Run) => [runTable(r), runJson(r), runPlot(r)]

  let before: Run

  beforeAll(async () => {
    before = await run(few)
  })

  test('gives the same bytes', async () => {
    expect(bytes(await run(few))).toEqual(bytes(before))
  })

  test('gives the same for a host whoever is simulated beside it', async () => {
    const [alone] = (await run({ ...few, only: ['arm64-dt-2g-k612-64k'] })).results
    expect(before.results.find((r) => r.host === alone?.host)).toEqual(alone)
  })

  test.each<[why: string, other: Parameters<typeof run>[0]]>([
    ['another seed', { seed: 2 }],
    ['other rates', { rates: { ...EVENTFUL, boot_by_firmware: 1 } }],
    ['one boot more', { boots: 7 }],
  ])('gives other bytes with %s', async (_why, other) => {
    const after = await run({ ...few, ...other })
    expect(runTable(after)).not.toBe(runTable(before))
    expect(runJson(after)).not.toBe(runJson(before))
  })
})

test('a host that the folder does not have', async () => {
  await expect(run({ only: ['no-such-host'] })).rejects.toThrow('no host no-such-host in')
})
