import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { diagnose, type DoctorVerdict } from '../../src/cli/diagnose.ts'
import { diagnoseIdentity, diagnosePrivileges, diagnoseService } from '../../src/cli/diagnose-here.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { CaptureFiles } from '../../src/planner/index.ts'
import { localService } from '../agent/local-service.ts'
import { hostFile, loadCapture } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const CONFIG = 'CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\n'
const ARM = 'arm64-dt-1g'
const X86 = 'x86_64-seabios-2g'
/** A host of which everything is known. */
const KNOWN = {
  'kernel-config': CONFIG,
  'kexec-limits': 'kexec_load_disabled 0\nkexec_load_limit_reboot -1\nkexec_load_limit_panic -1\n',
  lockdown: '[none] integrity confidentiality\n',
  'secure-boot': '0\n',
}

describe('berth doctor', () => {
  type Row = [
    why: string,
    host: string,
    files: CaptureFiles,
    check: string,
    verdict: DoctorVerdict,
    says: RegExp,
  ]
  test.each<Row>([
    ['everything can be read', X86, KNOWN, 'files', 'ok', /^x86_64, 6\./],
    [
      'zeros in place of addresses',
      X86,
      { iomem: '00000000-00000000 : System RAM\n' },
      'files',
      'fail',
      /masked/,
    ],
    ['no iomem', X86, { iomem: undefined }, 'files', 'fail', /missing-file/],
    [
      'another machine',
      X86,
      { uname: 'Linux h 6.12.0 #1 SMP riscv64 GNU/Linux\n' },
      'files',
      'fail',
      /riscv64/,
    ],
    ['memblock is there', ARM, KNOWN, 'memblock', 'ok', /can be read/],
    [
      'no debugfs',
      ARM,
      { 'memblock-memory': undefined, 'memblock-reserved': undefined },
      'memblock',
      'warn',
      /iomem alone/,
    ],
    ['nobody keeps memblock there', X86, KNOWN, 'memblock', 'ok', /does not keep it/],
    ['a BIOS', X86, KNOWN, 'firmware', 'ok', /BIOS, Secure Boot is off/],
    ['UEFI', 'x86_64-ovmf-4g', KNOWN, 'firmware', 'ok', /UEFI/],
    ['a device tree', ARM, KNOWN, 'device tree', 'ok', /can be read/],
    ['no device tree', ARM, { fdt: undefined }, 'device tree', 'warn', /not known/],
    ['would take a load', X86, KNOWN, 'kexec_file_load', 'ok', /would take/],
    ['nothing is known', X86, {}, 'kexec_file_load', 'warn', /was not captured/],
    [
      'one loader is built in',
      X86,
      { ...KNOWN, 'kernel-config': 'CONFIG_KEXEC=y\n' },
      'kexec_file_load',
      'warn',
      /without/,
    ],
    [
      'no loader is built in',
      X86,
      { ...KNOWN, 'kernel-config': 'CONFIG_SMP=y\n' },
      'kexec_file_load',
      'fail',
      /without/,
    ],
    [
      'switched off',
      X86,
      { ...KNOWN, 'kexec-limits': 'kexec_load_disabled 1\n' },
      'kexec_load',
      'fail',
      /kexec_load_disabled is 1/,
    ],
    [
      'locked down, and signed kernels may still be loaded',
      X86,
      { ...KNOWN, lockdown: 'none [integrity] confidentiality\n' },
      'kexec_load',
      'warn',
      /lockdown integrity forbids kexec_load/,
    ],
    ['a crash reservation', X86, KNOWN, 'crashkernel', 'ok', /crashkernel=\S+ was asked for/],
    [
      'none asked for',
      X86,
      { ...without(X86), cmdline: 'quiet\n' },
      'crashkernel',
      'warn',
      /no memory is reserved/,
    ],
    [
      'asked for, and not got',
      X86,
      without(X86),
      'crashkernel',
      'fail',
      /was asked for, and nothing is reserved/,
    ],
  ])('%s', (_why, host, files, check, verdict, says) => {
    const items = diagnose({ ...loadCapture(host), ...files }).filter((item) => item.check === check)
    expect(items.map((item) => item.verdict)).toContain(verdict)
    const found = items.find((item) => item.verdict === verdict)
    expect(found?.says).toMatch(says)
    expect(found?.advice === null).toBe(verdict === 'ok')
  })

  const FORCED = { ...KNOWN, 'kernel-config': `${CONFIG}CONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_SIG_FORCE=y\n` }
  /** Debian signs its kernels; this one has an empty table of certificates. */
  const unsigned = (head: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(head)
    const view = new DataView(copy.buffer)
    view.setUint32(view.getUint32(0x3c, true) + 24 + 108 + 4 + 4 * 8 + 4, 0, true)
    return copy
  }
  const asIs = (head: Uint8Array) => head

  test.each<
    [
      why: string,
      files: CaptureFiles,
      image: (head: Uint8Array) => Uint8Array,
      verdict: DoctorVerdict,
      says: RegExp,
    ]
  >([
    ['a signature is asked for, and there is one', FORCED, asIs, 'warn', /by whose key is not known/],
    ['a signature is asked for, and there is none', FORCED, unsigned, 'warn', /carries no signature/],
    ['no signature is asked for', KNOWN, unsigned, 'ok', /would take/],
  ])('an image: %s', (_why, files, image, verdict, says) => {
    const head = image(hostFile(X86, 'kernel-header.bin') as Uint8Array)
    const items = diagnose({ ...loadCapture(X86), ...files }, head)
    const found = items.find(({ check }) => check === 'kexec_file_load')
    expect([found?.verdict, found?.says]).toEqual([verdict, expect.stringMatching(says)])
  })

  test('an image that is not there is told, and nothing else', async () => {
    const io = recordedIo()
    const argv = ['doctor', '--capture', `test/hosts/${X86}`, '--kernel', 'test/hosts/none']
    expect(await runProgram(argv, io)).toBe(1)
    expect([io.stdout(), io.stderr()]).toEqual(['', expect.stringContaining('test/hosts/none')])
  })

  test.each<[why: string, form: string[], read: (text: string) => unknown]>([
    ['json', ['--output', 'json'], JSON.parse],
    ['yaml', ['--output', 'yaml'], parse],
  ])('of a capture folder, as %s', async (_why, form, read) => {
    const io = recordedIo()
    const code = await runProgram(['doctor', '--capture', `test/hosts/${ARM}`, ...form], io)
    const { items } = read(io.stdout()) as { items: { check: string; verdict: string }[] }
    expect(items.map(({ check }) => check)).toContain('device tree')
    expect(code).toBe(items.some(({ verdict }) => verdict === 'fail') ? 1 : 0)
  })

  test('for people: a line each, what to do below it, and a count', async () => {
    const io = recordedIo()
    await runProgram(['doctor', '--capture', `test/hosts/${X86}`], io)
    expect(io.stdout()).toMatch(/^ok {4}files {11} x86_64/m)
    expect(io.stdout()).toMatch(/^\d+ ok, \d+ warn, 0 fail$/m)
  })
})

describe('of this host', () => {
  test.each<[why: string, status: string, boot: DoctorVerdict, admin: DoctorVerdict]>([
    ['root', 'CapEff:\t000001ffffffffff\n', 'ok', 'ok'],
    ['nobody', 'CapEff:\t0000000000000000\n', 'fail', 'fail'],
    ['one of the two', 'CapEff:\t0000000000400000\n', 'ok', 'fail'],
    ['a file that says nothing', '', 'fail', 'fail'],
  ])('privileges of %s', async (_why, status, boot, admin) => {
    const path = join(scratchFolder(), 'status')
    writeFileSync(path, status)
    expect((await diagnosePrivileges(path)).map(({ verdict }) => verdict)).toEqual([boot, admin])
  })

  test.each<[why: string, mode: number | null, verdict: DoctorVerdict]>([
    ['its own', 0o600, 'ok'],
    ['everybody reads it', 0o644, 'fail'],
    ['not there', null, 'warn'],
  ])('an identity: %s', async (_why, mode, verdict) => {
    const path = join(scratchFolder(), 'identity.json')
    if (mode !== null) {
      const identity = {
        server: 'http://127.0.0.1',
        host: 'host_1',
        credential: 'secret',
        signing_keys: ['k'],
      }
      writeFileSync(path, JSON.stringify(identity))
      chmodSync(path, mode)
    }
    const { found } = await diagnoseIdentity(path)
    expect(found.verdict).toBe(verdict)
    expect(JSON.stringify(found)).not.toContain('credential')
  })

  test('an identity that is none', async () => {
    const path = join(scratchFolder(), 'identity.json')
    writeFileSync(path, '{}')
    expect((await diagnoseIdentity(path)).found).toMatchObject({ verdict: 'fail' })
  })

  test.each<[why: string, status: number, verdict: DoctorVerdict]>([
    ['ready', 200, 'ok'],
    ['not ready', 503, 'fail'],
  ])('a service that is %s', async (_why, status, verdict) => {
    const service = await localService(() => ({ status, body: {} }))
    const found = await diagnoseService(`${service.url}/`)
    await service.close()
    expect(found.verdict).toBe(verdict)
    expect(service.seen[0]?.path).toBe('/readyz')
    expect((await diagnoseService(service.url)).says).toMatch(/cannot be reached: .*ECONNREFUSED/)
  })
})

/** A capture whose crash reservation did not come to be. */
function without(host: string): CaptureFiles {
  const iomem = (loadCapture(host).iomem ?? '').replaceAll(/^.*Crash kernel\n/gm, '')
  return { ...KNOWN, iomem, 'kexec-sysfs': 'kexec_crash_size 0\nkexec_crash_loaded 0\nkexec_loaded 0\n' }
}
