import { createHash } from 'node:crypto'
import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { planCommand } from '../../src/cli/plan.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const ARM64 = join(HOSTS, 'arm64-uefi-acpi-2g')
const X86 = join(HOSTS, 'x86_64-seabios-2g')
const KERNEL_SIZE = '32000000'

function run(...argv: string[]) {
  const io = recordedIo()
  const code = planCommand(argv, io)
  return { code, stdout: io.stdout(), stderr: io.stderr(), json: () => JSON.parse(io.stdout()) }
}

function planArgs(host: string, ...more: string[]): string[] {
  return [
    '--capture',
    host,
    '--kernel',
    join(host, 'kernel-header.bin'),
    '--kernel-size',
    KERNEL_SIZE,
    ...more,
  ]
}

/** A copy of a capture that a test may damage. */
function copyOf(host: string): string {
  const dir = join(scratchFolder(), 'capture')
  cpSync(host, dir, { recursive: true })
  return dir
}

function kernelFile(content: Uint8Array): string {
  const path = join(scratchFolder(), 'Image')
  writeFileSync(path, content)
  return path
}

describe('berth plan', () => {
  test.each([
    ['arm64', ARM64, ['kernel', 'initrd', 'dtb']],
    ['x86_64', X86, ['purgatory', 'boot_params', 'kernel', 'initrd']],
  ])('%s: rules and segments in load order', (_why, host, kinds) => {
    const { code, json, stderr } = run(...planArgs(host, '--initrd-size', '1048576'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(json()).toMatchObject({
      rules: expect.stringMatching(/^(arm64|x86_64)\/[0-9.]+$/),
      strategy: 'pinned',
    })
    const segments = json().segments as { kind: string; mem: string; bufsz: number; memsz: number }[]
    expect(segments.map((s) => s.kind)).toEqual(kinds)
    for (const s of segments) {
      expect(s.mem).toMatch(/^0x[0-9a-f]+$/)
      expect(s.bufsz).toBeLessThanOrEqual(s.memsz)
    }
  })

  test('--json is one line with the same plan, and the same again', () => {
    const pretty = run(...planArgs(ARM64))
    const canonical = run(...planArgs(ARM64, '--json'))
    expect(canonical.stdout).toMatch(/^\{[^\n]*\}\n$/)
    expect(canonical.json()).toEqual(pretty.json())
    expect(run(...planArgs(ARM64, '--json')).stdout).toBe(canonical.stdout)
  })

  test('a whole image gives the plan that its first 4 KiB and its size give', () => {
    const head = planArgs(ARM64, '--json')
    const whole = kernelFile(new Uint8Array(0))
    cpSync(join(ARM64, 'kernel-header.bin'), whole)
    truncateSync(whole, Number(KERNEL_SIZE))
    expect(run('--capture', ARM64, '--kernel', whole, '--json').stdout).toBe(run(...head).stdout)
  })

  test('options reach the plan', () => {
    const { json } = run(
      ...planArgs(X86, '--cmdline', 'nokaslr quiet', '--strategy', 'kexec_file', '--initrd-size', '4096'),
      ...['--purgatory-size', '20480', '--page-size', '4096'],
    )
    expect(json()).toMatchObject({
      strategy: 'kexec_file',
      inputs: {
        cmdline: 'nokaslr quiet',
        initrd_size: 4096,
        page_size: 4096,
        kernel_size: Number(KERNEL_SIZE),
      },
    })
    const segments = json().segments as { kind: string; memsz: number }[]
    expect(segments.find((s) => s.kind === 'purgatory')?.memsz).toBe(20480)
  })

  test('--pins: a pin that holds is kept', () => {
    const first = run(...planArgs(ARM64)).json()
    const kernel = first.segments.find((s: { kind: string }) => s.kind === 'kernel')
    const mem = `0x${(Number(kernel.mem) + 0x2000000).toString(16)}`
    const path = join(scratchFolder(), 'pins.json')
    writeFileSync(
      path,
      JSON.stringify([{ purpose: 'reboot', kind: 'kernel', mem, room: kernel.room, reason: 'test' }]),
    )
    const again = run(...planArgs(ARM64, '--pins', path)).json()
    expect(again.segments).toContainEqual(
      expect.objectContaining({ kind: 'kernel', mem, chosen: 'kept-pin' }),
    )
  })

  test('--history: every earlier boot is read', () => {
    const more = ['--history', ARM64, '--history', join(HOSTS, 'arm64-uefi-acpi-2g-exec')]
    expect(run(...planArgs(ARM64, ...more)).code).toBe(0)
  })
})

describe('berth plan fails', () => {
  test('no hole: exit 3, the buf and every refusal', () => {
    const { code, json, stderr } = run(...planArgs(ARM64, '--initrd-size', '3000000000', '--json'))
    expect(code).toBe(3)
    expect(json().error).toMatchObject({ code: 'no-hole', buf: { kind: 'initrd' } })
    expect(json().error.refusals.length).toBeGreaterThan(0)
    expect(stderr).toContain('no-hole')
  })

  test.each<[why: string, argv: string[], named: string]>([
    ['no capture', ['--kernel', 'Image'], '--capture'],
    ['an unknown option', planArgs(ARM64, '--fast'), '--fast'],
    ['4 KiB of an image without its size', planArgs(ARM64).slice(0, 4), '--kernel-size'],
  ])('usage, %s: exit 2, nothing on standard output', (_why, argv, named) => {
    const { code, stdout, stderr } = run(...argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(named)
  })

  test.each<[why: string, content: Uint8Array, want: string]>([
    ['no kernel', new Uint8Array(8192).fill(0x20), 'kernel-unknown'],
    ['4 KiB of no kernel', new Uint8Array(4096).fill(0x20), 'kernel-unknown'],
    ['gzip instead of Image', gzipSync(new Uint8Array(100_000)), 'kernel-compressed'],
    ['an empty file', new Uint8Array(0), 'kernel-too-short'],
  ])('%s: exit 1', (_why, content, want) => {
    const { code, json, stderr } = run('--capture', ARM64, '--kernel', kernelFile(content))
    expect(code).toBe(1)
    expect(json().error).toMatchObject({
      code: want,
      expected: expect.any(String),
      found: expect.any(String),
    })
    expect(stderr).toContain(want)
  })

  test('a kernel of another architecture: exit 1', () => {
    const kernel = join(X86, 'kernel-header.bin')
    const { code, json } = run('--capture', ARM64, '--kernel', kernel, '--kernel-size', KERNEL_SIZE)
    expect({ code, error: json().error.code }).toEqual({ code: 1, error: 'kernel-other-arch' })
  })

  test.each<[why: string, file: string, content: string, want: object]>([
    [
      'a truncated line',
      'iomem.txt',
      '00000000-7fffffff : System RAM\n80000000-8ff',
      { line: 2, column: 13 },
    ],
    [
      'an all-zero iomem',
      'iomem.txt',
      '00000000-00000000 : System RAM\n'.repeat(3),
      { code: 'masked-addresses' },
    ],
    [
      'an unknown memblock column',
      'memblock-memory.txt',
      '   0: 0x40000000..0x7fffffff 0 NONE 7\n',
      { line: 1 },
    ],
  ])('%s: exit 1 with file, line and column', (_why, file, content, want) => {
    const dir = copyOf(ARM64)
    writeFileSync(join(dir, file), content)
    const { code, json, stderr } = run(...planArgs(dir))
    expect(code).toBe(1)
    expect(json().error).toMatchObject({ code: 'bad-input', errors: [{ file: join(dir, file), ...want }] })
    const { code: fault, line, column } = json().error.errors[0]
    expect(stderr).toContain(
      `${[join(dir, file), line, column].filter((part) => part !== null).join(':')}: ${fault}: expected `,
    )
  })

  test('every file at fault is told, not only the first', () => {
    const dir = copyOf(ARM64)
    rmSync(join(dir, 'uname.txt'))
    writeFileSync(join(dir, 'pins.json'), '[')
    const { code, json } = run(
      ...planArgs(dir, '--pins', join(dir, 'pins.json'), '--history', join(dir, 'none')),
    )
    expect(code).toBe(1)
    expect(json().error.errors.map((e: { code: string }) => e.code)).toEqual([
      'missing-file',
      'unreadable-folder',
      'bad-json',
    ])
  })

  test('history of another architecture: exit 1', () => {
    const { code, json } = run(...planArgs(ARM64, '--history', X86))
    expect(code).toBe(1)
    expect(json().error.errors).toMatchObject([{ code: 'arch-mismatch', file: X86 }])
  })

  test('history of other hardware: exit 1, with what it has that the capture has not', () => {
    const other = join(HOSTS, 'arm64-uefi-acpi-4g-boot1')
    const { code, json } = run(...planArgs(ARM64, '--history', other))
    expect(code).toBe(1)
    expect(json().error.errors).toMatchObject([
      {
        code: 'other-hardware',
        file: other,
        expected: `a boot of the hardware that ${ARM64} shows`,
        found: expect.stringMatching(/^a map with 0x[0-9a-f]+-0x[0-9a-f]+ memory$/),
      },
    ])
  })

  test('the same boot twice, or the captured one: exit 1, with the folder that has it already', () => {
    const [now, before, again] = [copyOf(ARM64), copyOf(ARM64), copyOf(ARM64)]
    for (const [dir, id] of [
      [now, 'b2'],
      [before, 'b1'],
      [again, 'b1'],
    ] as const)
      writeFileSync(join(dir, 'boot-id.txt'), `${id}\n`)
    expect(run(...planArgs(now, '--history', before)).code).toBe(0)
    const { code, json } = run(...planArgs(now, '--history', before, '--history', again, '--history', now))
    expect(code).toBe(1)
    const expected = 'a boot that is not given yet'
    expect(json().error.errors).toMatchObject([
      { code: 'same-boot', file: again, expected, found: `boot b1, as in ${before}` },
      { code: 'same-boot', file: now, expected, found: `boot b2, as in ${now}` },
    ])
  })

  test('rules that there are not: exit 1', () => {
    const { code, json } = run(...planArgs(ARM64, '--rules', 'arm64/1.0'))
    expect({ code, error: json().error.code }).toEqual({ code: 1, error: 'unknown-rules' })
  })
})

test('the digest of a plan is that of its line without the newline', () => {
  const line = run(...planArgs(X86, '--json')).stdout
  const digest = createHash('sha256').update(line.trimEnd()).digest('hex')
  expect(digest).toBe(
    createHash('sha256')
      .update(JSON.stringify(run(...planArgs(X86)).json()))
      .digest('hex'),
  )
})
