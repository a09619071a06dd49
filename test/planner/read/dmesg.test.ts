import fc from 'fast-check'
import { expect, test } from 'vitest'
import { range } from '../../../src/planner/bytes/range.ts'
import { readDmesg, type DmesgFacts } from '../../../src/planner/read/dmesg.ts'
import { readable, refused } from './refused.ts'

const PROPERTY = '[    0.000000] GICv3: using LPI property table @0x0000000040c50000\n'
const PENDING = '[    0.000000] GICv3: CPU3: using allocated LPI pending table @0x0000000040c60000\n'
const AT = PROPERTY.indexOf('@')

test.each<[why: string, text: string, want: Partial<DmesgFacts>]>([
  [
    'says nothing',
    'hello\n',
    { lpiTables: [], crngReady: false, possibleCpus: null, kaslr: null, efiMemmap: null },
  ],
  ['seeds', '[    0.1] random: crng init done\n', { crngReady: true }],
  ['KASLR', '[    0.2] KASLR enabled\n', { kaslr: true }],
  ['no KASLR', '[    0.2] KASLR disabled on command line\n', { kaslr: false }],
  ['a word about KASLR', 'CPU features: kernel page table isolation forced ON by KASLR\n', { kaslr: null }],
  ['CPUs by RCU', 'rcu: \tRCU restricting CPUs from NR_CPUS=256 to nr_cpu_ids=100.\n', { possibleCpus: 100 }],
  [
    'CPUs by setup_percpu',
    'setup_percpu: NR_CPUS:8192 nr_cpumask_bits:8 nr_cpu_ids:8 nr_node_ids:1\n',
    { possibleCpus: 8 },
  ],
  [
    'CPUs by smpboot, hot-pluggable ones counted in',
    'smpboot: Allowing 6 CPUs, 2 hotplug CPUs\nnr_cpu_ids=9\n',
    { possibleCpus: 6 },
  ],
  ['as many CPUs as can be', 'smpboot: Allowing 65536 CPUs\n', { possibleCpus: 65536 }],
  ['more CPUs than can be', 'smpboot: Allowing 65537 CPUs\n', { possibleCpus: null }],
  ['no CPU', 'smpboot: Allowing 0 CPUs\n', { possibleCpus: null }],
  ['CPUs by topology', 'CPU topo: Allowing 4 present CPUs plus 2 hotplug CPUs\n', { possibleCpus: 6 }],
  [
    'the UEFI map',
    'efi:   MemMap Address       : 0x00000000bc43d9c0\nefi:   MemMap Size          : 0x00000690\n',
    { efiMemmap: range(0xbc43d9c0, 0xbc43e04f) },
  ],
  [
    'the UEFI map without its size',
    'efi:   MemMap Address       : 0x00000000bc43d9c0\n',
    { efiMemmap: null },
  ],
  [
    'ACPI tables, the short line of FACS too',
    'ACPI: RSDP 0x000000013C430018 000024 (v02 BOCHS )\nACPI: FACS 0x000000007FBDC000 000040\nACPI: Core revision 20220331\n',
    {
      acpiTables: [
        { name: 'RSDP', range: range(0x13c430018, 0x13c43003b) },
        { name: 'FACS', range: range(0x7fbdc000, 0x7fbdc03f) },
      ],
    },
  ],
])('%s', (_why, text, want) => {
  expect(readable(readDmesg(text))).toMatchObject(want)
})

test('LPI tables, with and without a stamp, own and taken over', () => {
  const reserved = 'GICv3: CPU0: using reserved LPI pending table @0x0000000040c70000'
  expect(readable(readDmesg(PROPERTY + PENDING + reserved)).lpiTables).toEqual([
    { kind: 'property', start: 0x40c50000, range: range(0x40c50000, 0x40c5ffff), reserved: false },
    { kind: 'pending', start: 0x40c60000, range: range(0x40c60000, 0x40c6ffff), reserved: false },
    { kind: 'pending', start: 0x40c70000, range: range(0x40c70000, 0x40c7ffff), reserved: true },
  ])
})

test.each<[why: string, text: string, want: string]>([
  ['a hashed address', PROPERTY.replace('0x0000000040c50000', '(____ptrval____)'), `bad-line 1:${AT}`],
  ['no address', PENDING + PROPERTY.slice(0, AT) + '\n', `bad-line 2:${AT}`],
  ['upper case', PROPERTY.replace('40c5', '40C5'), `bad-line 1:${AT}`],
  ['a digit lost', PROPERTY.replace('0x0000', '0x000'), `bad-line 1:${AT}`],
  ['a digit too many', PROPERTY.replace('0x0000', '0x00000'), `bad-line 1:${AT}`],
  ['words behind it', PROPERTY.replace('\n', ' x\n'), `bad-line 1:${AT}`],
  ['2^53', PROPERTY.replace('0x0000', '0x0020'), `bad-line 1:${AT}`],
  ['the log ends in the address', PROPERTY.slice(0, -5), `truncated-line 1:${AT}`],
  ['the log ends behind the address', PROPERTY.trimEnd(), 'read'],
  [
    'cache flushing names a table without using one',
    'GIC: using cache flushing for LPI property table\n',
    'read',
  ],
  ['an ACPI line that cannot be read', 'ACPI: FACP at an unknown place\n', 'read'],
  ['nothing', '', 'empty-file -:-'],
  ['a NUL', 'x\0', 'not-text 1:2'],
])('%s', (_why, text, want) => {
  expect(refused(readDmesg(text))).toBe(want)
})

test('no text makes it throw', () => {
  const pieces = fc.constantFrom(
    'using LPI property table',
    ' @0x',
    '40c5',
    'ACPI: ',
    'FACP 0x',
    '\n',
    'MemMap Size',
    ': 0x',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(refused(readDmesg(text))).toMatch(/^(read|[a-z0-9-]+ (-:-|\d+:\d+))$/)
    }),
    { numRuns: 1000 },
  )
})
