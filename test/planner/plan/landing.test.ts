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

  test.each<[why: string, bootId: { 'boot-id'?: string }]>([
    ['the next boot has no boot_id', {}],
    ['the same boot_id', { 'boot-id': BEFORE }],
  ])('not yet, and without evidence: %s', (_why, bootId) => {
    const next = x86Host(RAM, { ...bootId, cmdline: CMDLINE })
    expect(judgeLanding(made, next)).toEqual({
      verdict: 'not-yet',
      certainty: 'exact',
      kernel_code: null,
      evidence: [],
    })
  })

  test('not yet where the plan knew no boot_id', () => {
    const unknown = { ...made, inputs: { ...made.inputs, boot_id: null } }
    expect(judgeLanding(unknown, after(at)).verdict).toBe('not-yet')
  })

  test('a kernel that iomem does not show has not landed', () => {
    const next = x86Host(RAM, { 'boot-id': AFTER, cmdline: CMDLINE })
    expect(judgeLanding(made, next)).toMatchObject({ verdict: 'landed-elsewhere', kernel_code: null })
  })

  test.each<[why: string, moved: number, verdict: string]>([
    ['where it was planned', 0, 'landed'],
    ['a page higher', 0x1000, 'landed-elsewhere'],
  ])('the initrd that boot_params name: %s', (_why, moved, verdict) => {
    const initrd = made.segments.find((s) => s.kind === 'initrd')
    const params = new Uint8Array(4096)
    const view = new DataView(params.buffer)
    view.setUint32(0x218, Number(initrd?.mem) + moved, true)
    view.setUint32(0x21c, 0x1000000, true)
    const next = after(at)
    const read = x86Host(RAM, { 'boot-params': params })
    const judged = judgeLanding(made, { ...next, bootParams: read.bootParams })
    expect(judged.verdict).toBe(verdict)
    expect(judged.evidence.filter((e) => e.check === 'initrd')).toHaveLength(1)
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
