import { expect, test } from 'vitest'
import { pageSizeOf, readKernelRelease } from '../../../src/planner/read/kernel-release.ts'
import { readUname } from '../../../src/planner/read/uname.ts'
import { readable, refused } from './refused.ts'

const ARM = 'Linux (none) 6.12.95-berth-arm64 #1 SMP Sun Nov 22 17:01:16 UTC 2026 aarch64 GNU/Linux\n'

test.each<[why: string, text: string, arch: string, release: string]>([
  ['no host name', ARM, 'arm64', '6.12.95-berth-arm64'],
  ['a host name', ARM.replace('(none)', 'x86_64'), 'arm64', '6.12.95-berth-arm64'],
  [
    'machine, processor and platform',
    'Linux h 5.14.0-427.el9.x86_64 #1 SMP PREEMPT_DYNAMIC Fri x86_64 x86_64 x86_64 GNU/Linux',
    'x86_64',
    '5.14.0-427.el9.x86_64',
  ],
  ['another name for the system', ARM.replace('GNU/Linux', 'Linux'), 'arm64', '6.12.95-berth-arm64'],
  ['no name for the system', ARM.replace(' GNU/Linux', ''), 'arm64', '6.12.95-berth-arm64'],
])('%s', (_why, text, arch, release) => {
  expect(readable(readUname(text))).toMatchObject({ arch, release: { text: release }, text: text.trim() })
})

test.each<[why: string, text: string, want: string]>([
  ['nothing', '', 'empty-file -:-'],
  ['blanks', ' \n', 'empty-file -:-'],
  ['two lines', ARM + ARM, 'bad-value -:-'],
  ['another system', 'FreeBSD h 14.1-RELEASE aarch64', 'bad-line 1:1'],
  ['no release', 'Linux h', 'bad-line 1:8'],
  ['a release without minor', 'Linux h 6 #1 SMP 6 x86_64 GNU/Linux', 'bad-line 1:9'],
  ['a 32-bit machine', ARM.replace('aarch64', 'armv7l'), 'unknown-arch 1:70'],
  ['a big-endian machine', ARM.replace('aarch64', 'aarch64_be'), 'unknown-arch 1:70'],
])('%s', (_why, text, want) => {
  expect(refused(readUname(text))).toBe(want)
})

test.each(['riscv64', 'ppc64le', 'loongarch64', 's390x'])('%s is refused by its name', (machine) => {
  expect(readUname(ARM.replace('aarch64', machine))).toMatchObject({
    ok: false,
    error: { code: 'unknown-arch', expected: 'a machine of aarch64, x86_64', found: machine },
  })
})

test.each<[text: string, major: number, minor: number, pageSize: number | null]>([
  ['6.1.0-56-amd64', 6, 1, null],
  ['6.12.95-berth-arm64-64k', 6, 12, 65536],
  ['6.12.12-arm64-16k', 6, 12, 16384],
  ['5.14.0-427.el9.aarch64+64k', 5, 14, 65536],
  ['5.14.0-427.el9.aarch64+64k-debug', 5, 14, 65536],
  ['6.12.117+deb12-amd64', 6, 12, null],
  ['7.2-rc1', 7, 2, null],
  ['7.2', 7, 2, null],
  ['6.1.0-64kb', 6, 1, null],
  ['6.1.0-164k', 6, 1, null],
])('release %s', (text, major, minor, pageSize) => {
  const release = readKernelRelease(text)
  expect(release).toEqual({ text, major, minor })
  expect(release && pageSizeOf(release)).toBe(pageSize)
})

test.each(['', '6', 'v6.1', '6.x', '6.1x', '12345.1'])('%s is no release', (text) => {
  expect(readKernelRelease(text)).toBeNull()
})
