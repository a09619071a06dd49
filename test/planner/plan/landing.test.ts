import { describe, expect, test } from 'vitest'
import { judgeLanding, type Snapshot } from '../../../src/planner/index.ts'
import { planned, x86Host } from '../host.ts'

const RAM = '00100000-bffdffff : System RAM\n'
const BEFORE = '11111111-1111-4111-8111-111111111111'
const AFTER = '22222222-2222-4222-8222-222222222222'
const CMDLINE = 'root=/dev/sda1 nokaslr'
const made = planned(x86Host(RAM, { 'boot-id': BEFORE }), { cmdline: CMDLINE })
const at = Number(made.expected.image)

function after(code: number, cmdline = CMDLINE, bootId = AFTER): Snapshot {
  const hex = (n: number) => n.toString(16).padStart(8, '0')
  return x86Host(`${RAM}  ${hex(code)}-${hex(code + 0xffffff)} : Kernel code\n`, {
    'boot-id': bootId,
    cmdline,
  })
}

describe('the next boot judges the plan', () => {
  test.each<[why: string, snapshot: Snapshot, release: string | null, verdict: string]>([
    ['the kernel runs where it was planned', after(at), null, 'landed'],
    ['one alignment step lower', after(at - 0x200000), null, 'landed-elsewhere'],
    ['one byte higher', after(at + 1), null, 'landed-elsewhere'],
    ['another command line: something else was booted', after(at, 'root=/dev/sda1'), null, 'cold-booted'],
    ['the release that the boot entry names', after(at), '6.12.0-amd64', 'landed'],
    ['another release', after(at), '6.12.1-amd64', 'cold-booted'],
    ['still the boot that the plan was made for', after(at, CMDLINE, BEFORE), null, 'not-yet'],
  ])('%s', (_why, snapshot, release, verdict) => {
    expect(judgeLanding(made, snapshot, release).verdict).toBe(verdict)
  })

  test('with KASLR only the load is proven, wherever the kernel runs', () => {
    const loose = planned(x86Host(RAM, { 'boot-id': BEFORE }), { cmdline: 'root=/dev/sda1' })
    expect(loose.expected).toMatchObject({ certainty: 'load-only', kernel_code: [] })
    const judged = judgeLanding(loose, after(at - 0x4000000, 'root=/dev/sda1'))
    expect(judged).toMatchObject({ verdict: 'landed', certainty: 'load-only' })
  })

  test('evidence names each check with what was expected and found', () => {
    expect(judgeLanding(made, after(at - 0x200000)).evidence.find((e) => e.check === 'kernel_code')).toEqual({
      check: 'kernel_code',
      expected: made.expected.image,
      found: `0x${(at - 0x200000).toString(16)}`,
      holds: false,
    })
  })
})
