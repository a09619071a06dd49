import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compareCommand } from '../../src/cli/compare.ts'
import { planCommand } from '../../src/cli/plan.ts'
import { runProgram } from '../../src/cli/program.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'

const ARM64 = join(HOSTS, 'arm64-dt-1g')
const ARGS = ['--capture', ARM64, '--kernel', join(ARM64, 'kernel-header.bin'), '--kernel-size', '32000000']

function run(command: typeof planCommand, ...argv: string[]) {
  const io = recordedIo()
  const code = command(argv, io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth compare', () => {
  test('a table of the three strategies, and why they differ', () => {
    const { code, stdout, stderr } = run(compareCommand, ...ARGS)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ +kexec_file +kexec_tools +pinned$/m)
    expect(stdout).toMatch(/^kernel +0x[0-9a-f]+ +0x[0-9a-f]+ +0x[0-9a-f]+$/m)
    expect(stdout).toMatch(/^ {2}hazard: Closed to a pinned plan/m)
    expect(stdout).toMatch(/^kexec -c -l /m)
  })

  test('--json: the same as one object, with the plans that berth plan makes', () => {
    const { code, stdout } = run(compareCommand, ...ARGS, '--json')
    expect(code).toBe(0)
    const { loads } = JSON.parse(stdout) as { loads: { strategy: string; plan: unknown }[] }
    expect(loads.map((l) => l.strategy)).toEqual(['kexec_file', 'kexec_tools', 'pinned'])
    for (const { strategy, plan } of loads) {
      expect(plan).toEqual(JSON.parse(run(planCommand, ...ARGS, '--strategy', strategy).stdout))
    }
  })

  test('for a crash kernel it also advises', () => {
    const { stdout } = run(compareCommand, ...ARGS, '--purpose', 'crash')
    expect(stdout).toMatch(/crashkernel=\d+M is recommended|is enough\./)
  })

  test.each<[why: string, argv: string[], code: number, told: RegExp]>([
    ['help', ['--help'], 0, /^usage: berth compare/],
    ['an option that there is not', ['--fast'], 2, /--fast/],
    ['the head of an image without its size', ARGS.slice(0, 4), 2, /--kernel-size is missing/],
    ['a folder that is not there', ['--capture', 'nowhere', '--kernel', 'Image'], 1, /nowhere/],
    ['no strategy has a plan', [...ARGS, '--initrd-size', '2147483648'], 3, /no-hole/],
  ])('%s', (_why, argv, code, told) => {
    const made = run(compareCommand, ...argv)
    expect(made.code).toBe(code)
    expect(made.stdout + made.stderr).toMatch(told)
  })

  test('the program knows it', async () => {
    const io = recordedIo()
    expect(await runProgram(['compare', ...ARGS], io)).toBe(0)
    expect(io.stdout()).toMatch(/^placements for a reboot/)
  })
})

describe('berth plan --explain', () => {
  test('what became of every range, after the plan as text', () => {
    const { code, stdout } = run(planCommand, ...ARGS, '--explain', '--strategy', 'kexec_file')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^plan kexec_file reboot/)
    expect(stdout).toMatch(/ chosen: 0x[0-9a-f]+$/m)
    expect(stdout).toMatch(/ refused: /)
  })

  test('--json: one object, whose plan is the one without --explain', () => {
    const explained = JSON.parse(run(planCommand, ...ARGS, '--explain', '--json').stdout) as { plan: unknown }
    expect(explained.plan).toEqual(JSON.parse(run(planCommand, ...ARGS, '--json').stdout))
  })

  test('where there is no hole: exit 3, and what would make it fit', () => {
    const { code, stdout } = run(planCommand, ...ARGS, '--initrd-size', '1073741824', '--explain')
    expect(code).toBe(3)
    expect(stdout).toMatch(/An initrd smaller by \d+ bytes/)
  })
})
