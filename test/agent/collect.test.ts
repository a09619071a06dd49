import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collect } from '../../src/agent/index.ts'
import { readSnapshot } from '../../src/planner/index.ts'
import { loadCapture } from '../capture.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-'))
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}

/** Lays a capture out as the kernel would show it, so that collecting it must give it back. */
async function layOut(name: string): Promise<ReturnType<typeof loadCapture>> {
  const files = loadCapture(name)
  const [type, host, release, ...rest] = (files.uname ?? '').trim().split(' ')
  await put('proc/sys/kernel/ostype', `${type}\n`)
  await put('proc/sys/kernel/hostname', `${host}\n`)
  await put('proc/sys/kernel/osrelease', `${release}\n`)
  await put('proc/sys/kernel/arch', `${rest.at(-2)}\n`)
  await put('proc/sys/kernel/version', `${rest.slice(0, -2).join(' ')}\n`)
  const plain = {
    'proc/cmdline': files.cmdline,
    'proc/iomem': files.iomem,
    'proc/meminfo': files.meminfo,
    'var/log/dmesg': files.dmesg,
    'sys/kernel/debug/memblock/memory': files['memblock-memory'],
    'sys/kernel/debug/memblock/reserved': files['memblock-reserved'],
    'sys/firmware/efi/systab': files['efi-systab'],
    'sys/firmware/fdt': files.fdt,
    'sys/kernel/boot_params/data': files['boot-params'],
  }
  for (const [path, content] of Object.entries(plain)) if (content) await put(path, content)
  for (const line of (files['kexec-sysfs'] ?? '').trim().split('\n')) {
    const [field, value] = line.split(' ')
    await put(`sys/kernel/${field}`, `${value}\n`)
  }
  for (const line of (files['firmware-memmap'] ?? '').trim().split('\n').filter(Boolean)) {
    const [n, start, last, ...words] = line.split(' ')
    await put(`sys/firmware/memmap/${n}/start`, `${start}\n`)
    await put(`sys/firmware/memmap/${n}/end`, `${last}\n`)
    await put(`sys/firmware/memmap/${n}/type`, `${words.join(' ')}\n`)
  }
  for (const line of (files['efi-runtime-map'] ?? '').trim().split('\n').filter(Boolean)) {
    const [n, ...fields] = line.split(' ')
    const names = {
      type: 'type',
      phys: 'phys_addr',
      virt: 'virt_addr',
      pages: 'num_pages',
      attr: 'attribute',
    }
    for (const field of fields) {
      const [key, value] = field.split('=')
      await put(`sys/firmware/efi/runtime-map/${n}/${names[key as keyof typeof names]}`, `${value}\n`)
    }
  }
  if (files['kallsyms-few']) await put('proc/kallsyms', files['kallsyms-few'])
  return files
}

test.each(['x86_64-ovmf-4g', 'arm64-uefi-acpi-2g-k612'])(
  '%s laid out as a root gives its capture back',
  async (name) => {
    const files = await layOut(name)
    const found = await collect(root)
    for (const file of [
      'uname',
      'cmdline',
      'iomem',
      'meminfo',
      'dmesg',
      'kexec-sysfs',
      'memblock-memory',
      'memblock-reserved',
    ] as const) {
      expect(found[file]).toBe(files[file])
    }
    expect(found['firmware-memmap']?.trim()).toBe(files['firmware-memmap']?.trim())
    expect(found['efi-runtime-map']?.trim()).toBe(files['efi-runtime-map']?.trim())
    expect(found.fdt).toEqual(files.fdt)
    expect(found['boot-params']).toEqual(files['boot-params'])
    const snapshot = readSnapshot(found)
    expect(snapshot.ok && { ...snapshot.value, efi: true }).toEqual({
      ...valueOf(readSnapshot(files)),
      efi: true,
    })
  },
)

test('what newer captures carry', async () => {
  await put('proc/sys/kernel/random/boot_id', '11111111-2222-4333-8444-555555555555\n')
  await put('etc/machine-id', 'abc\n')
  await put('sys/kernel/security/lockdown', 'none [integrity] confidentiality\n')
  await put('proc/sys/kernel/kexec_load_disabled', '1\n')
  await put('proc/sys/kernel/kexec_load_limit_reboot', '-1\n')
  await put(
    'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
    new Uint8Array([6, 0, 0, 0, 1]),
  )
  await put('sys/class/dmi/id/sys_vendor', 'QEMU\n')
  await put('sys/class/dmi/id/product_name', 'Standard PC\n')
  await put('sys/devices/system/cpu/possible', '0-3\n')
  await put('sys/devices/system/cpu/present', '0-1\n')
  await put('sys/devices/system/node/node0/cpulist', '0-1\n')
  await put('sys/devices/system/node/node0/meminfo', 'Node 0 MemTotal: 1 kB\n')
  await put(
    'proc/kallsyms',
    '0000000000000000 T _text\nffff800008000000 T _stext\nffff800008000010 t other\n',
  )
  const auxv = new DataView(new ArrayBuffer(32))
  auxv.setBigUint64(0, 6n, true)
  auxv.setBigUint64(8, 65536n, true)
  await put('proc/self/auxv', new Uint8Array(auxv.buffer))
  expect(await collect(root)).toEqual({
    'boot-id': '11111111-2222-4333-8444-555555555555\n',
    'machine-id': 'abc\n',
    lockdown: 'none [integrity] confidentiality\n',
    'kexec-limits': 'kexec_load_disabled 1\nkexec_load_limit_reboot -1\n',
    'secure-boot': '1\n',
    'efi-ls': 'efivars\n',
    dmi: 'sys_vendor QEMU\nproduct_name Standard PC\n',
    cpus: 'possible 0-3\npresent 0-1\n',
    node: '== /sys/devices/system/node/node0\n0-1\nNode 0 MemTotal: 1 kB\n',
    'kallsyms-few': 'ffff800008000000 T _stext\n',
    'page-size': '65536\n',
  })
})

test('a variable of another length says nothing of Secure Boot', async () => {
  const path = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
  await put(path, new Uint8Array([6, 0, 0, 0]))
  expect((await collect(root))['secure-boot']).toBeUndefined()
})

test('an empty root gives an empty capture', async () => {
  expect(await collect(root)).toEqual({})
})

test('numbered folders come in numeric order', async () => {
  for (const n of ['10', '2']) {
    await put(`sys/firmware/memmap/${n}/start`, `0x${n}000\n`)
    await put(`sys/firmware/memmap/${n}/end`, `0x${n}fff\n`)
    await put(`sys/firmware/memmap/${n}/type`, 'Reserved\n')
  }
  expect((await collect(root))['firmware-memmap']).toBe(
    '2 0x2000 0x2fff Reserved\n10 0x10000 0x10fff Reserved\n',
  )
})

function valueOf<T, E>(result: { ok: true; value: T } | { ok: false; error: E }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
