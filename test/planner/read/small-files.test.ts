import { expect, test } from 'vitest'
import {
  readBootId,
  readCmdline,
  readEfiSystab,
  readKexecState,
  readMemTotal,
  readPossibleCpus,
  readPurgatorySize,
  readSize,
} from '../../../src/planner/read/small-files.ts'
import { MAX_VALUE } from '../../../src/planner/read/lines.ts'
import { readable, refused } from './refused.ts'

const size = (text: string) => readSize(text, 'purgatory')

test.each<[why: string, read: unknown, want: unknown]>([
  [
    'two tables',
    readable(readEfiSystab('ACPI20=0x13c430018\nSMBIOS3=0x13fed0000\n')),
    [
      { name: 'ACPI20', address: 0x13c430018 },
      { name: 'SMBIOS3', address: 0x13fed0000 },
    ],
  ],
  [
    'a kexec state',
    readable(readKexecState('kexec_crash_size 268435456\nkexec_crash_loaded 0\nkexec_loaded 1\n')),
    {
      crashSize: 268435456,
      crashLoaded: false,
      loaded: true,
    },
  ],
  [
    'a kernel without kdump',
    readable(readKexecState('kexec_loaded 0\n')),
    {
      crashSize: null,
      crashLoaded: null,
      loaded: false,
    },
  ],
  ['memory', readable(readMemTotal('MemTotal:        3703116 kB\nMemFree: 1 kB\n')), 3703116 * 1024],
  ['one CPU', readable(readPossibleCpus('possible 0\npresent 0\n')), 1],
  ['ranges of CPUs', readable(readPossibleCpus('present 0\npossible 0-3,8,10-11\n')), 7],
  ['a decimal size', readable(size('12288\n')), 12288],
  ['a hex size', readable(size('0x3000\n')), 12288],
  [
    'a boot',
    readable(readBootId('6e8f1c1e-0a54-4d0c-9b3f-111111111111\n')),
    '6e8f1c1e-0a54-4d0c-9b3f-111111111111',
  ],
  ['a command line', readable(readCmdline('console=ttyS0  quiet\n')), 'console=ttyS0  quiet'],
  ['an empty command line', readable(readCmdline('\n')), ''],
])('%s', (_why, read, want) => {
  expect(read).toEqual(want)
})

test.each<[why: string, result: string, want: string]>([
  ['a table without address', refused(readEfiSystab('ACPI20\n')), 'bad-line 1:7'],
  ['a table without a name', refused(readEfiSystab('=0x1000\n')), 'bad-line 1:1'],
  ['a table without 0x', refused(readEfiSystab('ACPI20=13c\n')), 'bad-line 1:11'],
  ['a table of 2^53', refused(readEfiSystab('ACPI20=0x20000000000000\n')), 'beyond-2-53 1:10'],
  ['a cut table', refused(readEfiSystab('ACPI20=0x1000\nSMB')), 'truncated-line 2:4'],
  ['a state without number', refused(readKexecState('kexec_loaded x\n')), 'bad-line 1:14'],
  ['a state of 2^53 - 1', refused(readKexecState('kexec_crash_size 9007199254740991\n')), 'read'],
  ['a state of 2^53', refused(readKexecState('kexec_crash_size 9007199254740992\n')), 'beyond-2-53 1:18'],
  ['memory of nothing', refused(readMemTotal('MemTotal: 0 kB\n')), 'bad-value -:-'],
  ['memory in another unit', refused(readMemTotal('MemTotal: 1 MB\n')), 'bad-line 1:1'],
  ['no memory', refused(readMemTotal('MemFree: 1 kB\n')), 'bad-value -:-'],
  ['CPUs that descend', refused(readPossibleCpus('possible 3-0\n')), 'bad-line 1:1'],
  ['a CPU that stands twice', refused(readPossibleCpus('possible 0-3,3\n')), 'bad-line 1:1'],
  ['ranges of CPUs that touch', refused(readPossibleCpus('possible 0-3,4\n')), 'read'],
  ['the highest CPU', refused(readPossibleCpus('possible 0-65535\n')), 'read'],
  ['a higher one', refused(readPossibleCpus('possible 0-65536\n')), 'bad-line 1:1'],
  ['no possible CPUs', refused(readPossibleCpus('present 0-3\n')), 'bad-value -:-'],
  ['a size of nothing', refused(size('0')), 'bad-value -:-'],
  ['a negative size', refused(size('-1')), 'bad-value -:-'],
  ['a size of 2^53', refused(size('0x20000000000000')), 'bad-value -:-'],
  ['a size in words', refused(size('12 KiB')), 'bad-value -:-'],
  ['a purgatory of one page: its last is its bss', refused(readPurgatorySize('0x1000')), 'bad-value -:-'],
  ['a purgatory of two pages', refused(readPurgatorySize('0x2000')), 'read'],
  ['a purgatory that is no whole pages', refused(readPurgatorySize('0x2001')), 'bad-value -:-'],
  ['a purgatory at its limit', refused(readPurgatorySize('0x100000')), 'read'],
  ['a purgatory over its limit', refused(readPurgatorySize('0x101000')), 'bad-value -:-'],
  ['a boot_id of two words', refused(readBootId('a b')), 'bad-value -:-'],
  ['a boot_id at its limit', refused(readBootId('a'.repeat(64))), 'read'],
  ['a boot_id over its limit', refused(readBootId('a'.repeat(65))), 'bad-value -:-'],
  ['a command line at its limit', refused(readCmdline('a'.repeat(MAX_VALUE))), 'read'],
  ['a command line over its limit', refused(readCmdline('a'.repeat(MAX_VALUE + 1))), 'too-large -:-'],
  ['a command line of two lines', refused(readCmdline('a\nb\n')), 'bad-value -:-'],
])('%s', (_why, result, want) => {
  expect(result).toBe(want)
})
