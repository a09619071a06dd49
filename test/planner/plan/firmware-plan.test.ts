import { expect, test } from 'vitest'
import {
  judgeFirmwareBoot,
  planFirmwareBoot,
  planText,
  readSnapshot,
  renderFirmwarePlan,
  runsEntry,
  type Bootable,
  type CaptureFiles,
} from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'

const NAME = 'x86_64-seabios-2g'
const RELEASE = '6.12.9-1-amd64'
const ENTRY: Bootable = { release: RELEASE, cmdline: 'root=/dev/vda quiet' }

function booted(change: CaptureFiles = {}) {
  const files = loadCapture(NAME)
  const uname = (files.uname ?? '').replace(/^(Linux \S+) \S+/, `$1 ${RELEASE}`)
  const snapshot = readSnapshot({
    ...files,
    uname,
    'boot-id': 'second\n',
    cmdline: 'root=/dev/vda quiet\n',
    ...change,
  })
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  return snapshot.value
}

const BEFORE = booted({ 'boot-id': 'first\n' })

test.each<[why: string, entry: Bootable, change: CaptureFiles, verdict: string, fails: string[]]>([
  ['the entry runs', ENTRY, {}, 'cold-booted', []],
  ['an entry that names no release', { ...ENTRY, release: null }, {}, 'cold-booted', []],
  [
    'the boot loader says where it found things',
    ENTRY,
    { cmdline: 'BOOT_IMAGE=/vmlinuz-6.12 root=/dev/vda  quiet initrd=\\initrd.img\n' },
    'cold-booted',
    [],
  ],
  [
    'another command line',
    ENTRY,
    { cmdline: 'root=/dev/vda quiet rescue\n' },
    'landed-elsewhere',
    ['cmdline'],
  ],
  ['words in another order', ENTRY, { cmdline: 'quiet root=/dev/vda\n' }, 'landed-elsewhere', ['cmdline']],
  ['another release', { ...ENTRY, release: '6.1.0-1-amd64' }, {}, 'landed-elsewhere', ['release']],
  ['still the boot before', ENTRY, { 'boot-id': 'first\n' }, 'not-yet', []],
])('%s', (_why, entry, change, verdict, fails) => {
  const after = booted(change)
  const landing = judgeFirmwareBoot(planFirmwareBoot(BEFORE, entry, 'cold'), after)
  expect(landing.verdict).toBe(verdict)
  expect(landing.evidence.filter((e) => !e.holds).map((e) => e.check)).toEqual(fails)
  expect(runsEntry(entry, after)).toBe(fails.length === 0)
})

test('the same inputs give the same bytes, and what is asked for is in them', () => {
  const plan = planFirmwareBoot(BEFORE, ENTRY, 'powercycle')
  expect(planText(planFirmwareBoot(BEFORE, ENTRY, 'powercycle'))).toBe(planText(plan))
  expect(planText(planFirmwareBoot(BEFORE, ENTRY, 'cold'))).not.toBe(planText(plan))
  expect(renderFirmwarePlan(plan)).toBe(
    'plan firmware reboot, powercycle\n' +
      `from boot first, kernel ${RELEASE}, x86_64\n` +
      `to kernel ${RELEASE}, command line: root=/dev/vda quiet\n`,
  )
})
