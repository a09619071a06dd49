import { expect, test } from 'vitest'
import { readLoadLimits, readLockdown, readSecureBoot } from '../../../src/planner/read/load-limits.ts'
import { readable, refused } from './refused.ts'

test.each<[why: string, read: unknown, want: unknown]>([
  ['no lockdown', readable(readLockdown('[none] integrity confidentiality\n')), 'none'],
  ['integrity', readable(readLockdown('none [integrity] confidentiality\n')), 'integrity'],
  ['confidentiality', readable(readLockdown('none integrity [confidentiality]\n')), 'confidentiality'],
  ['a kernel that offers fewer', readable(readLockdown('none [integrity]\n')), 'integrity'],
  [
    'limits as they are by default',
    readable(
      readLoadLimits('kexec_load_disabled 0\nkexec_load_limit_reboot -1\nkexec_load_limit_panic -1\n'),
    ),
    { disabled: false, reboots: -1 },
  ],
  [
    'a kernel without limits',
    readable(readLoadLimits('kexec_load_disabled 1\n')),
    { disabled: true, reboots: null },
  ],
  ['only limits', readable(readLoadLimits('kexec_load_limit_reboot 0\n')), { disabled: null, reboots: 0 }],
  ['Secure Boot', readable(readSecureBoot('1\n')), true],
  ['no Secure Boot', readable(readSecureBoot('0\n')), false],
])('%s', (_why, read, want) => {
  expect(read).toEqual(want)
})

test.each<[why: string, result: string, want: string]>([
  ['no lockdown is chosen', refused(readLockdown('none integrity confidentiality\n')), 'bad-value -:-'],
  ['two are chosen', refused(readLockdown('[none] [integrity]\n')), 'bad-value -:-'],
  ['one that there is not', refused(readLockdown('none [total]\n')), 'bad-value -:-'],
  ['two lines of lockdown', refused(readLockdown('[none]\n[none]\n')), 'bad-value -:-'],
  ['a limit below any', refused(readLoadLimits('kexec_load_limit_reboot -2\n')), 'bad-line 1:1'],
  [
    'a limit without number',
    refused(readLoadLimits('kexec_load_disabled 0\nkexec_load_limit_reboot\n')),
    'bad-line 2:1',
  ],
  ['Secure Boot in words', refused(readSecureBoot('on\n')), 'bad-value -:-'],
  ['another byte', refused(readSecureBoot('2\n')), 'bad-value -:-'],
])('refused: %s', (_why, result, want) => {
  expect(result).toBe(want)
})
