import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { MemoryDiff } from '../../src/wire/diff.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const FIRST = join(HOSTS, 'arm64-uefi-acpi-4g-boot1')
const SECOND = join(HOSTS, 'arm64-uefi-acpi-4g-boot2')

async function run(...argv: string[]) {
  const io = recordedIo()
  const code = await runProgram(['diff', ...argv], io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth diff', () => {
  test('two boots of a machine: 4, a sentence and a line a change', async () => {
    const { code, stdout, stderr } = await run(FIRST, SECOND)
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' })
    expect(stdout).toMatch(/^Firmware's map is the same; \d+ changes: \d+ in iomem, /)
    expect(stdout).toMatch(
      /^iomem +moved +0x[0-9a-f]+-0x[0-9a-f]+ -> 0x[0-9a-f]+-0x[0-9a-f]+ +.*System RAM \/ Kernel code$/m,
    )
  })

  test('--json: the same as one object, in the form of the service', async () => {
    const { code, stdout } = await run(FIRST, SECOND, '--json')
    expect(code).toBe(4)
    const diff = MemoryDiff.parse(JSON.parse(stdout))
    const text = (await run(FIRST, SECOND)).stdout
    expect(text.split('\n')[0]).toBe(diff.sentence)
    expect(diff.changes.length).toBeGreaterThan(0)
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
  })

  test('the same memory: 0', async () => {
    expect(await run(FIRST, FIRST)).toEqual({
      code: 0,
      stdout: 'Both boots show the same memory.\n',
      stderr: '',
    })
  })

  test('the same lines, of which less may be booked: 4', async () => {
    const files = {
      uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux\n',
      iomem: '40000000-7fffffff : System RAM\n',
      'memblock-memory': '   0: 0x0000000040000000..0x000000007fffffff    0 NONE\n',
      'memblock-reserved': '',
    }
    const [quiet, told] = [scratchFolder(), scratchFolder()]
    for (const [name, text] of Object.entries(files)) {
      for (const dir of [quiet, told]) writeFileSync(join(dir, `${name}.txt`), text)
    }
    const table = '[    0.000000] ACPI: FACP 0x0000000050000000 001000 (v06 BOCHS  BXPC     00000001)\n'
    writeFileSync(join(told, 'dmesg.txt'), table)
    const { code, stdout } = await run(quiet, told)
    expect(code).toBe(4)
    expect(stdout).toMatch(/^Both boots list the same memory, but 0 B more and 4 KiB less may be booked\./)
  })

  test('a firmware that changes its map is named', async () => {
    const { stdout } = await run(join(HOSTS, 'x86_64-ovmf-4g'), join(HOSTS, 'x86_64-ovmf-2g-k612'))
    expect(stdout).toMatch(/^Firmware tells another map; /)
    expect(stdout).toMatch(/^firmware +/m)
  })

  test.each<[why: string, argv: string[], code: number, told: RegExp]>([
    ['help', ['--help'], 0, /Usage: berth diff/],
    ['one folder', [FIRST], 2, /missing required argument 'after'/],
    ['an option that there is not', [FIRST, SECOND, '--fast'], 2, /--fast/],
    ['a folder that is not there', [FIRST, 'nowhere'], 1, /^nowhere: unreadable-folder/],
    ['two of them: both are told', ['here', 'nowhere'], 1, /^here: .*\nnowhere: /],
  ])('%s', async (_why, argv, code, told) => {
    const made = await run(...argv)
    expect(made.code).toBe(code)
    expect(made.stdout + made.stderr).toMatch(told)
  })

  test('a file that cannot be read is named with its place', async () => {
    const dir = scratchFolder()
    writeFileSync(join(dir, 'uname.txt'), 'Linux host 6.12.0-amd64 #1 SMP x86_64 GNU/Linux\n')
    writeFileSync(join(dir, 'iomem.txt'), '00100000-1fffffff : System RAM\nnonsense\n')
    const { code, stdout, stderr } = await run(FIRST, dir)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`${join(dir, 'iomem.txt')}:2:1: bad-line`)
  })
})
