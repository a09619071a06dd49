import { expect, test } from 'vitest'
import { range, type Facts, type PlanRequest } from '../../../src/planner/index.ts'
import type { CaptureFiles } from '../../../src/planner/read/capture-files.ts'
import { loadCapture } from '../../capture.ts'
import { planned, snapshotOf } from '../host.ts'

const X86 = {
  uname: 'Linux host 6.12.0-amd64 #1 SMP x86_64 GNU/Linux',
  iomem: '00100000-3fffffff : System RAM\n  30000000-37ffffff : Crash kernel\n',
  purgatory: '0x5000',
  'kernel-config': 'CONFIG_KEXEC_FILE=y\n',
  meminfo: 'MemTotal: 1048576 kB\nCmaTotal: 0 kB\n',
  cpus: 'possible 0-3\n',
}
const ARM64 = {
  ...loadCapture('arm64-dt-1g'),
  'page-size': '4096',
  meminfo: 'MemTotal: 1048576 kB\nCmaTotal: 0 kB\n',
  cpus: 'possible 0\n',
}
const named = (release: string) => ({ uname: `Linux host ${release} #1 SMP x86_64 GNU/Linux` })
const OWN: Partial<PlanRequest> = { strategy: 'kexec_file' }
const CRASH: Partial<PlanRequest> = { strategy: 'kexec_file', purpose: 'crash' }

test.each([
  ['x86_64', X86],
  ['arm64', ARM64],
] as const)('a host of %s of which all is known is exact', (_arch, files) => {
  expect(planned(snapshotOf(files), OWN)).toMatchObject({ determinism: 'exact', assumptions: [] })
})

/** Each code: what brings it up, and what takes it away. `facts` of null: only a better capture does. */
test.each<
  [
    code: string,
    why: string,
    files: CaptureFiles,
    change: CaptureFiles,
    asked: Partial<PlanRequest>,
    facts: Facts | null,
    determinism: 'assumed' | 'none',
  ]
>([
  [
    'vendor-release',
    'a number that does not tell',
    X86,
    named('5.14.0-427.el9.x86_64'),
    OWN,
    null,
    'assumed',
  ],
  ['release-not-read', 'older than what was read', X86, named('5.4.0'), OWN, null, 'assumed'],
  [
    'page-size',
    'neither file nor release',
    ARM64,
    { 'page-size': undefined },
    OWN,
    { pageSize: 4096 },
    'assumed',
  ],
  [
    'purgatory-size',
    'not captured',
    X86,
    { purgatory: undefined },
    OWN,
    { purgatorySize: 0x5000 },
    'assumed',
  ],
  [
    'tools-purgatory-size',
    'each build its own',
    X86,
    {},
    { strategy: 'kexec_tools' },
    { toolsPurgatorySize: 0x70e0 },
    'assumed',
  ],
  ['dtb-seeds', 'no boot log', ARM64, { dmesg: undefined }, OWN, { seeds: true }, 'assumed'],
  ['possible-cpus', 'no list of CPUs', X86, { cpus: undefined }, CRASH, { possibleCpus: 4 }, 'assumed'],
  ['crash-hotplug', 'no configuration', X86, { 'kernel-config': undefined }, CRASH, null, 'assumed'],
  [
    'no-memblock',
    'debugfs was shut',
    ARM64,
    { 'memblock-memory': undefined, 'memblock-reserved': undefined },
    {},
    null,
    'assumed',
  ],
  [
    'cma',
    'an area is there',
    X86,
    { ...named('6.17.0'), meminfo: 'MemTotal: 1048576 kB\nCmaTotal: 65536 kB\n' },
    OWN,
    { cma: false },
    'none',
  ],
  [
    'cma',
    'nothing tells of an area',
    X86,
    { ...named('6.17.0'), meminfo: undefined },
    OWN,
    { cma: false },
    'none',
  ],
  [
    'kexec-handover',
    'switched on, areas not listed',
    X86,
    { ...named('6.16.0'), cmdline: 'kho=on\n' },
    OWN,
    { khoScratch: [range(0x10000000, 0x2fffffff)] },
    'none',
  ],
  [
    'ima-buffer',
    'compiled in',
    X86,
    { 'kernel-config': 'CONFIG_IMA_KEXEC=y\n' },
    OWN,
    { imaSize: 0x1000 },
    'none',
  ],
  [
    'tdx-memblock',
    'a TDX host without its memblock',
    X86,
    { ...named('6.18.0'), 'kernel-config': 'CONFIG_INTEL_TDX_HOST=y\n' },
    OWN,
    null,
    'none',
  ],
  [
    'dm-crypt-keys',
    'keys would be placed at random',
    X86,
    { ...named('6.16.0'), 'kernel-config': 'CONFIG_CRASH_DM_CRYPT=y\n' },
    CRASH,
    null,
    'assumed',
  ],
  [
    'kernel-config',
    'a new release whose configuration is unknown',
    X86,
    { ...named('6.17.0'), 'kernel-config': undefined },
    OWN,
    null,
    'assumed',
  ],
])('%s: %s', (code, _why, files, change, asked, facts, determinism) => {
  const host = snapshotOf({ ...files, ...change })
  const plan = planned(host, asked)
  expect(plan.assumptions.map((a) => a.code)).toContain(code)
  expect(plan.determinism).toBe(determinism)
  const better = planned(facts ? host : snapshotOf(files), { ...asked, ...(facts ? { facts } : {}) })
  expect(better.assumptions.map((a) => a.code)).not.toContain(code)
})

test.each<[why: string, files: CaptureFiles, asked: Partial<PlanRequest>]>([
  ['one release before CMA', { ...named('6.16.9'), meminfo: undefined }, OWN],
  ['no CMA area', { ...named('6.17.0'), meminfo: X86.meminfo }, OWN],
  ['a pinned plan: the kernel has no say', { ...named('6.17.0'), meminfo: undefined }, {}],
  ['handover before 6.16', { ...named('6.15.0'), cmdline: 'kho=on\n' }, OWN],
  ['handover off', { ...named('6.16.0'), cmdline: 'kho=off\n' }, OWN],
  ['a TDX host before 6.18', { ...named('6.17.0'), 'kernel-config': 'CONFIG_INTEL_TDX_HOST=y\n' }, OWN],
  [
    'IMA, and nothing handed on',
    { 'kernel-config': 'CONFIG_IMA_KEXEC=y\n' },
    { ...OWN, facts: { imaSize: 0 } },
  ],
])('%s takes nothing for granted', (_why, change, asked) => {
  expect(planned(snapshotOf({ ...X86, ...change }), asked).determinism).toBe('exact')
})

test('scratch areas that are given leave nothing to CMA', () => {
  const host = snapshotOf({ ...X86, ...named('6.17.0'), cmdline: 'kho=on\n', meminfo: undefined })
  const facts = { khoScratch: [range(0x10000000, 0x2fffffff)] }
  expect(planned(host, { ...OWN, facts })).toMatchObject({ determinism: 'exact', assumptions: [] })
})
