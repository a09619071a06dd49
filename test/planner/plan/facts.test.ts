import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  nextDtb,
  packedSize,
  range,
  readSnapshot,
  type Facts,
  type Snapshot,
} from '../../../src/planner/index.ts'
import { readFacts, wireFacts } from '../../../src/planner/plan/facts.ts'
import { loadCapture } from '../../capture.ts'
import { plan, planned, snapshotOf, x86Host } from '../host.ts'
import { arm64Head } from '../image/headers.ts'

interface Recorded {
  readonly id: string
  readonly kernel: string
  readonly cmdline: string
  readonly proc_iomem: readonly string[]
  readonly memblock_memory: readonly string[]
  readonly memblock_reserved: readonly string[]
  readonly loads: readonly {
    readonly name: string
    readonly flags: string
    readonly initrd_len: number | null
    readonly segments: readonly { bufsz: string; mem: string; memsz: string }[]
  }[]
}

const recorded = (
  JSON.parse(readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8')) as {
    real_kernel: Recorded[]
  }
).real_kernel

/** The recorded hosts have no device tree: another one of like size stands in, so its size is not compared. */
const capture = readSnapshot(loadCapture('arm64-dt-1g'))
const standIn = capture.ok ? (capture.value.fdt as NonNullable<Snapshot['fdt']>) : null

function recordedHost(id: string): { host: Recorded; snapshot: Snapshot } {
  const host = recorded.find((r) => r.id === id)
  if (!host || !standIn) throw new Error(id)
  const lines = (text: readonly string[]) => text.join('\n') + '\n'
  const fdt = loadCapture('arm64-dt-1g').fdt as Uint8Array
  const snapshot = snapshotOf({
    uname: `Linux host ${host.kernel} #1 SMP aarch64 GNU/Linux`,
    cmdline: host.cmdline,
    iomem: lines(host.proc_iomem),
    'memblock-memory': lines(host.memblock_memory),
    'memblock-reserved': lines(host.memblock_reserved),
    'page-size': '4096',
    'kernel-config': 'CONFIG_KEXEC_FILE=y\n',
    fdt,
  })
  return { host, snapshot }
}

function placedBy(snapshot: Snapshot, load: Recorded['loads'][number], facts: Facts) {
  const kernel = { head: arm64Head({ imageSize: 0x490000n }), size: 0x435200 }
  const body = planned(snapshot, {
    kernel,
    initrdSize: load.initrd_len,
    cmdline: '',
    strategy: 'kexec_file',
    facts,
  })
  return {
    determinism: body.determinism,
    segments: body.segments.map(({ kind, mem, bufsz, memsz }) =>
      kind === 'dtb' ? { mem } : { mem, bufsz, memsz },
    ),
  }
}

/** What was recorded; the device tree, always the last, without its size. */
function wanted(load: Recorded['loads'][number]) {
  return load.segments.map(({ mem, bufsz, memsz }, i) => {
    const last = i === load.segments.length - 1
    return last ? { mem } : { mem, bufsz: Number(bufsz), memsz: Number(memsz) }
  })
}

const kho = recordedHost('R-arm64-own-kho')
/**
 * The record does not list the scratch areas: it bounds area 0 by what was placed at its two ends, and
 * says that there were three. The other two only have to be there, on both sides of area 0.
 */
const OTHERS = [range(0xf0000000, 0xff7fffff), range(0xb9400000, 0xbfffffff)]

describe.each<[why: string, start: number, last: number]>([
  ['the widest area 0 that the record allows', 0xc0200001, 0xeac00ffe],
  ['the narrowest', 0xc0400000, 0xeabf0fff],
])('kexec handover, %s', (_why, start, last) => {
  const scratch = [range(start, last), ...OTHERS]
  test.each(kho.host.loads.filter((l) => !l.name.startsWith('crash')).map((l) => [l.name, l] as const))(
    'a real kernel placed %s so',
    (_name, load) => {
      const got = placedBy(kho.snapshot, load, { khoScratch: scratch, seeds: true })
      expect(got).toEqual({ determinism: 'exact', segments: wanted(load) })
    },
  )
})

test('a crash image knows nothing of handover', () => {
  const facts: Facts = {
    khoScratch: [range(0xc0400000, 0xeabfffff)],
    imaSize: 0x3000,
    seeds: true,
    possibleCpus: 1,
  }
  const body = planned(kho.snapshot, { strategy: 'kexec_file', purpose: 'crash', facts })
  expect(body.segments.map((s) => s.kind)).toEqual(['kernel', 'elfcorehdr', 'initrd', 'dtb'])
  expect(body.segments[0]?.mem).toBe('0xef800000')
})

test('handover makes the device tree as much larger as was recorded: 0x1ed5 after 0x1e7d', () => {
  if (!standIn) throw new Error('no device tree')
  const edits = { initrd: null, cmdline: 'x', seeds: true }
  const grown = packedSize(nextDtb(standIn, { ...edits, handsOn: { ima: false, kho: true } }))
  expect(grown - packedSize(nextDtb(standIn, edits))).toBe(0x1ed5 - 0x1e7d)
})

const cma = recordedHost('R-arm64-own-cma')
test.each(cma.host.loads.filter((l) => !l.name.startsWith('crash')).map((l) => [l.name, l] as const))(
  'with a CMA area, %s: exact where CMA is kept out, indeterminate where it is not',
  (_name, load) => {
    const keptOut = Number(load.flags) % 0x20 >= 0x10
    const got = placedBy(cma.snapshot, load, keptOut ? { cma: false, seeds: true } : { seeds: true })
    expect(got.determinism).toBe(keptOut ? 'exact' : 'none')
    if (keptOut) expect(got.segments).toEqual(wanted(load))
    else expect(got.segments).not.toEqual(wanted(load))
  },
)

test('what IMA hands on goes first, in whole pages from the top', () => {
  const host = x86Host('00001000-0009ffff : System RAM\n00100000-3fffffff : System RAM\n')
  const body = planned(host, { strategy: 'kexec_file', facts: { imaSize: 0x2801 } })
  expect(body.segments[0]).toMatchObject({ kind: 'ima', mem: '0x3fffd000', bufsz: 0x2801, memsz: 0x3000 })
  expect(body.segments[1]).toMatchObject({ kind: 'purgatory', mem: '0x3fff8000' })
  const without = planned(host, { strategy: 'kexec_file' })
  const params = (b: typeof body) => b.segments.find((s) => s.kind === 'boot_params')?.bufsz
  expect(params(body)).toBe((params(without) as number) + 32)
})

test('areas too small for what is handed on are no hole, with every area walked', () => {
  const host = x86Host('00100000-3fffffff : System RAM\n')
  const facts = { khoScratch: [range(0x1000000, 0x1000fff), range(0x2000000, 0x2000fff)], imaSize: 0x2000 }
  const refused = plan(host, { strategy: 'kexec_file', facts })
  expect(refused).toMatchObject({
    ok: false,
    error: {
      code: 'no-hole',
      buf: { kind: 'ima' },
      refusals: [{ because: 'too-small' }, { because: 'too-small' }],
    },
  })
})

test('x86_64 with TDX walks memblock from 6.18 on, where it is known', () => {
  const at = (release: string) =>
    planned(
      snapshotOf({
        uname: `Linux host ${release} #1 SMP x86_64 GNU/Linux`,
        iomem: '00100000-3fffffff : System RAM\n',
        'memblock-memory': '   0: 0x0000000000100000..0x000000003fffffff    0 NONE\n',
        'memblock-reserved': '   0: 0x000000003f000000..0x000000003fffffff    0 RSV_KERN\n',
        'kernel-config': 'CONFIG_INTEL_TDX_HOST=y\n',
      }),
      { strategy: 'kexec_file' },
    ).segments[0]?.mem
  expect([at('6.17.9'), at('6.18.0')]).toEqual(['0x3fffb000', '0x3effb000'])
})

describe('facts in wire form', () => {
  const all = {
    purgatory_size: 0x6000,
    tools_purgatory_size: 0x3558,
    page_size: 16384,
    possible_cpus: 8,
    seeds: false,
    cma: false,
    kho_scratch: [{ start: '0x1000', last: '0x1fff' }],
    ima_size: 0,
  }

  test('are read and written alike, in one order', () => {
    const read = readFacts(Object.fromEntries(Object.entries(all).reverse()))
    expect(read.ok && JSON.stringify(wireFacts(read.value))).toBe(JSON.stringify(all))
    expect(wireFacts({})).toBeNull()
  })

  test.each<[why: string, given: unknown, pointer: string]>([
    ['no object', [], ''],
    ['nothing at all', null, ''],
    ['a fact that nobody knows', { weight: 1 }, '/weight'],
    ['a purgatory of one page', { purgatory_size: 4096 }, '/purgatory_size'],
    ['a purgatory off its pages', { purgatory_size: 0x5001 }, '/purgatory_size'],
    ['no purgatory of the tools', { tools_purgatory_size: 0 }, '/tools_purgatory_size'],
    ['pages of 8 KiB', { page_size: 8192 }, '/page_size'],
    ['no CPU', { possible_cpus: 0 }, '/possible_cpus'],
    ['more CPUs than there are', { possible_cpus: 65537 }, '/possible_cpus'],
    ['seeds as a word', { seeds: 'yes' }, '/seeds'],
    ['CMA as a number', { cma: 0 }, '/cma'],
    ['an area that is none', { kho_scratch: [{ start: '0x2000', last: '0x1fff' }] }, '/kho_scratch/0'],
    ['an address in decimal', { kho_scratch: [{ start: '4096', last: '0x1fff' }] }, '/kho_scratch/0'],
    [
      'areas that overlap',
      {
        kho_scratch: [
          { start: '0x1000', last: '0x1fff' },
          { start: '0x1fff', last: '0x2fff' },
        ],
      },
      '/kho_scratch/1',
    ],
    ['a size below nothing', { ima_size: -1 }, '/ima_size'],
  ])('%s is refused at its place', (_why, given, pointer) => {
    expect(readFacts(given)).toMatchObject({ ok: false, error: { pointer } })
  })

  test('stand in the inputs of the plan, and only where they were given', () => {
    const host = x86Host('00100000-3fffffff : System RAM\n')
    expect(planned(host, { facts: { purgatorySize: 0x6000 } }).inputs.facts).toEqual({
      purgatory_size: 0x6000,
    })
    expect('facts' in planned(host, { facts: {} }).inputs).toBe(false)
  })
})

test('a handover that the way of loading cannot take along is a warning', () => {
  const host = x86Host('00100000-3fffffff : System RAM\n')
  const facts = { khoScratch: [range(0x1000000, 0x1ffffff)], imaSize: 0x1000 }
  expect(planned(host, { facts }).warnings.map((w) => w.code)).toEqual(['handover-lost', 'measurements-lost'])
})
