import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { calibrateCommand } from '../../src/cli/calibrate.ts'
import { planCommand } from '../../src/cli/plan.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const HOST = join(HOSTS, 'x86_64-seabios-2g')
const { kexec_file: load } = JSON.parse(readFileSync(join(HOST, 'truth.json'), 'utf8')) as {
  kexec_file: { raw: string[]; initrd_size: number; call: { cmdline: string } }
}
const { kernels } = JSON.parse(readFileSync(join(HOST, 'case.json'), 'utf8')) as {
  kernels: Record<string, { size: number }>
}
const CALL = [
  '--capture',
  HOST,
  '--kernel',
  join(HOST, 'kernel-header.bin'),
  '--kernel-size',
  `${kernels['kernel.deb61']?.size}`,
  '--initrd-size',
  `${load.initrd_size}`,
  '--cmdline',
  load.call.cmdline,
]

function file(content: string): string {
  const path = join(scratchFolder(), 'file')
  writeFileSync(path, content)
  return path
}

function run(command: typeof calibrateCommand, ...argv: string[]) {
  const io = recordedIo()
  const code = command(argv, io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth calibrate', () => {
  test('confirms the rules of a release by one real load, and a plan takes what it prints', () => {
    const { code, stdout } = run(calibrateCommand, ...CALL, '--debug', file(load.raw.join('\n')))
    const found = JSON.parse(stdout) as object
    expect([code, found]).toEqual([
      0,
      {
        arch: 'x86_64',
        release: expect.stringMatching(/^6\.1\./) as string,
        rules: 'x86_64/5.10',
        facts: { purgatory_size: 0x5000 },
        confirmed: true,
        differences: [],
      },
    ])
    const more = ['--strategy', 'kexec_file', '--calibration', file(stdout)]
    const plan = JSON.parse(run(planCommand, ...CALL, ...more).stdout) as Record<string, unknown>
    expect(plan).toMatchObject({
      determinism: 'exact',
      inputs: { calibration: { rules: 'x86_64/5.10', facts: { purgatory_size: 0x5000 } } },
    })
  })

  test('another initrd than was loaded is not confirmed: exit 3, with what differs', () => {
    const debug = `--debug=${file(load.raw.join('\n'))}`
    const { code, stdout } = run(calibrateCommand, ...CALL, '--json', debug, '--initrd-size', '4096')
    expect([code, JSON.parse(stdout).confirmed, JSON.parse(stdout).differences[0].kind]).toEqual([
      3,
      false,
      'initrd',
    ])
  })

  test.each<[why: string, argv: string[], code: number, words: string]>([
    ['a log that is not there', [...CALL, '--debug', '/nowhere'], 1, 'unreadable-file'],
    [
      'a capture that is not there',
      ['--capture', '/no', '--kernel', '/no', '--debug', '/no'],
      1,
      'unreadable-folder',
    ],
    ['no log at all', CALL, 2, '--debug is missing'],
    ['an option that there is not', [...CALL, '--debugging'], 2, '--debugging'],
  ])('%s', (_why, argv, code, words) => {
    const got = run(calibrateCommand, ...argv)
    expect([got.code, got.stdout]).toEqual([code, ''])
    expect(got.stderr).toContain(words)
  })

  test('a line of another form is refused with file and line', () => {
    const got = run(calibrateCommand, ...CALL, '--debug', file('kexec_file: Loading segment 0: ?\n'))
    expect(got.code).toBe(1)
    expect(got.stderr).toMatch(/:1: bad-line: expected segment N/)
  })

  test('help needs nothing', () => {
    expect(run(calibrateCommand, '--help')).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('what a plan goes by', () => {
  const EXCEPTION = {
    kind: 'acpi-tables',
    policy: 'POL-7',
    approver: 'kernel-team',
    reason: 'room',
    expires_at: '2999-01-01T00:00:00Z',
  }

  test('a file of facts, with the command line before it', () => {
    const facts = file(JSON.stringify({ purgatory_size: 0x6000, cma: false }))
    const { stdout } = run(planCommand, ...CALL, '--facts', facts, '--purgatory-size', '0x7000')
    expect(JSON.parse(stdout)).toMatchObject({ inputs: { facts: { purgatory_size: 0x7000, cma: false } } })
  })

  test('an exception without its evidence is refused, with it the plan is made', () => {
    const exceptions = ['--exceptions', file(JSON.stringify([EXCEPTION]))]
    const refused = run(planCommand, ...CALL, ...exceptions)
    expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([1, 'exception-without-evidence'])
    expect(run(planCommand, ...CALL, ...exceptions, '--cmdline', 'acpi=off').code).toBe(0)
  })

  test.each<[why: string, option: string, content: string, words: string]>([
    ['facts that are no JSON', '--facts', '{', 'bad-json'],
    ['a fact that nobody knows', '--facts', '{"weight":1}', '/weight'],
    ['a calibration without rules', '--calibration', '{"facts":{}}', 'bad-calibration'],
    [
      'one that was not confirmed',
      '--calibration',
      '{"rules":"x86_64/6.8","confirmed":false}',
      'confirmed: false',
    ],
    ['a wrong fact in it', '--calibration', '{"rules":"x86_64/6.8","facts":{"cma":1}}', '/facts/cma'],
    ['a device tree that is none', '--devicetree', 'x', 'bad-blob'],
    ['exceptions that are no list', '--exceptions', '{}', 'bad-exceptions'],
    ['one of no kind', '--exceptions', '[{"kind":"all"}]', 'a kind of'],
    [
      'one that nobody approved',
      '--exceptions',
      JSON.stringify([{ ...EXCEPTION, approver: '' }]),
      'approver',
    ],
    [
      'one without an end',
      '--exceptions',
      JSON.stringify([{ ...EXCEPTION, expires_at: 'never' }]),
      'expires_at',
    ],
    [
      'one that has ended',
      '--exceptions',
      JSON.stringify([{ ...EXCEPTION, expires_at: '2020-01-01T00:00:00Z' }]),
      'exception-expired',
    ],
  ])('%s: exit 1, with the file', (_why, option, content, words) => {
    const path = file(content)
    const got = run(planCommand, ...CALL, option, path)
    expect(got.code).toBe(1)
    expect(got.stderr).toContain(path)
    expect(got.stderr).toContain(words)
  })
})
