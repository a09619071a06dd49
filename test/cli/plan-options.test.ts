import { describe, expect, test } from 'vitest'
import { readPlanOptions } from '../../src/cli/plan-options.ts'

const NEEDED = ['--capture', 'dir', '--kernel', 'Image']

describe('readPlanOptions', () => {
  test('what is left out has its default', () => {
    expect(readPlanOptions(NEEDED)).toEqual({
      ok: true,
      value: {
        capture: 'dir',
        kernel: 'Image',
        kernelSize: null,
        initrdSize: null,
        cmdline: '',
        purpose: 'reboot',
        strategy: 'pinned',
        pins: null,
        policy: null,
        booted: null,
        history: [],
        facts: {},
        factsFile: null,
        calibration: null,
        devicetree: null,
        exceptions: null,
        rules: null,
        json: false,
        explain: false,
      },
    })
  })

  test.each<[why: string, argv: string[], want: object]>([
    ['sizes in decimal', ['--initrd-size', '4096'], { initrdSize: 4096 }],
    ['sizes in hex', ['--kernel-size', '0x2000'], { kernelSize: 0x2000 }],
    ['an empty initrd is none', ['--initrd-size', '0'], { initrdSize: null }],
    ['one byte of initrd is one', ['--initrd-size', '1'], { initrdSize: 1 }],
    ['each history folder', ['--history', 'a', '--history', 'b'], { history: ['a', 'b'] }],
    ['a command line that looks like an option', ['--cmdline=--quiet'], { cmdline: '--quiet' }],
    ['64 KiB pages', ['--page-size', '65536'], { facts: { page_size: 65536 } }],
    [
      'every fact',
      [
        '--purgatory-size',
        '0x6000',
        '--seeds',
        'no',
        '--cma',
        'no',
        '--kho-scratch',
        '0x1000-0x1fff',
        '--ima-size',
        '0',
      ],
      {
        facts: {
          purgatory_size: 0x6000,
          ima_size: 0,
          seeds: false,
          cma: false,
          kho_scratch: [{ start: '0x1000', last: '0x1fff' }],
        },
      },
    ],
    ['handover that is off', ['--kho-scratch', 'none'], { facts: { kho_scratch: [] } }],
    ['the largest size', ['--initrd-size', '9007199254740991'], { initrdSize: 2 ** 53 - 1 }],
  ])('%s', (_why, argv, want) => {
    expect(readPlanOptions([...NEEDED, ...argv])).toMatchObject({ ok: true, value: want })
  })

  test.each<[why: string, argv: string[], named: string]>([
    ['no capture', ['--kernel', 'Image'], '--capture'],
    ['no kernel', ['--capture', 'dir'], '--kernel'],
    ['an option that there is not', [...NEEDED, '--initrd', 'x'], '--initrd'],
    ['an argument too many', [...NEEDED, 'x'], 'x'],
    ['a size that is none', [...NEEDED, '--initrd-size', '12M'], '--initrd-size'],
    ['a size below nothing', [...NEEDED, '--initrd-size=-1'], '--initrd-size'],
    ['a size past 2^53-1', [...NEEDED, '--initrd-size', '9007199254740992'], '--initrd-size'],
    ['a kernel of no bytes', [...NEEDED, '--kernel-size', '0'], '--kernel-size'],
    ['a page size of no machine', [...NEEDED, '--page-size', '8192'], '--page-size'],
    ['a purgatory of one page', [...NEEDED, '--purgatory-size', '4096'], '--purgatory-size'],
    ['a size in words', [...NEEDED, '--ima-size', 'all'], '--ima-size'],
    ['neither yes nor no', [...NEEDED, '--cma', 'maybe'], '--cma'],
    ['an area without its last byte', [...NEEDED, '--kho-scratch', '0x1000'], '--kho-scratch'],
    ['a purpose that there is not', [...NEEDED, '--purpose', 'halt'], '--purpose'],
    ['a strategy that there is not', [...NEEDED, '--strategy', 'kexec-file'], '--strategy'],
  ])('refuses %s', (_why, argv, named) => {
    const options = readPlanOptions(argv)
    expect(options.ok).toBe(false)
    expect(options.ok ? '' : options.error).toContain(named)
  })

  test('help needs nothing else', () => {
    expect(readPlanOptions(['--help'])).toEqual({ ok: true, value: 'help' })
  })
})
