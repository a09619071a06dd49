import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import type { GroupPins } from '../../src/planner/plan/group-pins.ts'
import type { NoCommonGround } from '../../src/planner/plan/group-refusal.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'

const BOOTS = [1, 2, 3].map((n) => join(HOSTS, `arm64-uefi-acpi-4g-boot${n}`))
const SMALL = join(HOSTS, 'arm64-uefi-acpi-512m')
const KERNEL = ['--kernel', join(BOOTS[0] ?? '', 'kernel-header.bin'), '--kernel-size', '32M']

async function run(...argv: string[]) {
  const io = recordedIo()
  const code = await runProgram(['group-pins', ...argv], io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth group-pins', () => {
  test('one address a segment for several captures', async () => {
    const { code, stdout, stderr } = await run(...KERNEL, '--initrd-size', '30M', ...BOOTS)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^one place a segment on 3 hosts of \d layouts?, for a reboot\n/)
    expect(stdout).toMatch(/^kernel +0x[0-9a-f]+ +\d+ +\d+ {2}new$/m)
  })

  test('who stands in the way, exit 3; --json: the same as one object', async () => {
    const argv = [...KERNEL, '--initrd-size', '300M', ...BOOTS, SMALL]
    const { code, stdout } = await run(...argv)
    expect(code).toBe(3)
    expect(stdout).toContain(`leave out ${SMALL}:\n  3 hosts at kernel 0x`)
    const { error } = JSON.parse((await run(...argv, '--json')).stdout) as { error: NoCommonGround }
    expect([error.leave_out, error.without_them?.hosts]).toEqual([[SMALL], 3])
    const rest = JSON.parse((await run(...argv.slice(0, -1), '--json')).stdout) as GroupPins
    expect(rest.pins.map((p) => p.mem)).toEqual(error.without_them?.pins.map((p) => p.mem))
  })

  test.each<[why: string, argv: string[], code: number, told: RegExp]>([
    ['no folder', KERNEL, 2, /missing required argument 'dirs'/],
    [
      'the head of an image without its size',
      [...KERNEL.slice(0, 2), ...BOOTS],
      2,
      /--kernel-size is missing/,
    ],
    ['a folder that is not there', [...KERNEL, 'nowhere'], 1, /nowhere/],
    ['a kernel that is not there', ['--kernel', 'nowhere', ...BOOTS], 1, /nowhere/],
    [
      'captures of two architectures',
      [...KERNEL, ...BOOTS, join(HOSTS, 'x86_64-ovmf-4g')],
      1,
      /arch-mismatch/,
    ],
  ])('%s', async (_why, argv, code, told) => {
    const made = await run(...argv)
    expect(made.code).toBe(code)
    expect(made.stdout + made.stderr).toMatch(told)
  })
})
