import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { machine } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { CaptureFiles, TextFile } from '../planner/index.ts'

/** Files that are copied as they are. Units and formats are the kernel's. */
const PLAIN: readonly (readonly [TextFile, string])[] = [
  ['cmdline', 'proc/cmdline'],
  ['iomem', 'proc/iomem'],
  ['memblock-memory', 'sys/kernel/debug/memblock/memory'],
  ['memblock-reserved', 'sys/kernel/debug/memblock/reserved'],
  ['efi-systab', 'sys/firmware/efi/systab'],
  ['memory-block-size', 'sys/devices/system/memory/block_size_bytes'],
  ['meminfo', 'proc/meminfo'],
  ['boot-id', 'proc/sys/kernel/random/boot_id'],
  ['hostname', 'proc/sys/kernel/hostname'],
  ['machine-id', 'etc/machine-id'],
  ['lockdown', 'sys/kernel/security/lockdown'],
]
const DMI_FIELDS = [
  'sys_vendor',
  'product_name',
  'product_version',
  'board_name',
  'bios_vendor',
  'bios_version',
] as const
const KEXEC_FIELDS = ['kexec_crash_size', 'kexec_crash_loaded', 'kexec_loaded'] as const
const LIMIT_FIELDS = ['kexec_load_disabled', 'kexec_load_limit_reboot', 'kexec_load_limit_panic'] as const
/** The vendor is UEFI itself. */
const SECURE_BOOT = 'SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c'
/** Four bytes of attributes, and the value. */
const SECURE_BOOT_BYTES = 5
const SYMBOLS = new Set(['_stext', '_text', '_end', 'crashk_res'])
const PAGE_SIZE_IN_AUXV = 6n
const MAX_LOG_BYTES = 32 * 1024 * 1024

/**
 * Reads what a host knows of its memory, in the form of a capture folder.
 *
 * `root` stands before every path, so that another system's files can be read. What is not there, or
 * may not be read, is left out: what a capture needs is for its reader to say.
 */
export async function collect(root = '/'): Promise<CaptureFiles> {
  const text = (path: string): Promise<string | undefined> => textAt(join(root, path))
  const plain = await Promise.all(PLAIN.map(async ([name, path]) => [name, await text(path)] as const))
  const made: readonly (readonly [TextFile, Promise<string | undefined>])[] = [
    ['uname', uname(root)],
    ['firmware-memmap', firmwareMap(root)],
    ['efi-ls', listing(join(root, 'sys/firmware/efi'))],
    ['efi-runtime-map', efiRuntimeMap(root)],
    ['kexec-sysfs', named(join(root, 'sys/kernel'), KEXEC_FIELDS)],
    ['kexec-limits', named(join(root, 'proc/sys/kernel'), LIMIT_FIELDS)],
    ['secure-boot', secureBoot(root)],
    ['node', nodes(root)],
    ['dmi', named(join(root, 'sys/class/dmi/id'), DMI_FIELDS)],
    ['cpus', named(join(root, 'sys/devices/system/cpu'), ['possible', 'present'])],
    ['page-size', pageSize(root)],
    ['kallsyms-few', symbols(root)],
    ['kernel-config', kernelConfig(root)],
    ['dmesg', bootLog(root)],
  ]
  const others = await Promise.all(made.map(async ([name, content]) => [name, await content] as const))
  const blobs = [
    ['fdt', await bytesAt(join(root, 'sys/firmware/fdt'))],
    ['boot-params', await bytesAt(join(root, 'sys/kernel/boot_params/data'))],
  ] as const
  const found = [...plain, ...others, ...blobs].filter(([, content]) => content !== undefined)
  return Object.fromEntries(found) as CaptureFiles
}

async function bytesAt(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path))
  } catch {
    return undefined
  }
}

async function textAt(path: string): Promise<string | undefined> {
  const bytes = await bytesAt(path)
  return bytes && Buffer.from(bytes).toString('utf8')
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path)
  } catch {
    return []
  }
}

/** As `uname -a` prints it, from the same sources. */
async function uname(root: string): Promise<string | undefined> {
  const [type, host, release, version, arch] = await Promise.all(
    ['ostype', 'hostname', 'osrelease', 'version', 'arch'].map((name) =>
      textAt(join(root, 'proc/sys/kernel', name)),
    ),
  )
  if (type === undefined || release === undefined) return undefined
  const words = [type, host ?? '(none)', release, version ?? '', arch ?? machine()].map((w) => w.trim())
  return `${words.filter(Boolean).join(' ')} GNU/Linux\n`
}

/** Lines `name value` of the files of one folder; absent where none of them is there. */
async function named(folder: string, names: readonly string[]): Promise<string | undefined> {
  const values = await Promise.all(names.map((name) => textAt(join(folder, name))))
  const lines = names.flatMap((name, i) => (values[i] === undefined ? [] : [`${name} ${values[i].trim()}\n`]))
  return lines.length === 0 ? undefined : lines.join('')
}

async function listing(path: string): Promise<string | undefined> {
  const names = await namesIn(path)
  return names.length === 0 ? undefined : `${names.toSorted().join('\n')}\n`
}

/** One line an entry of a numbered sysfs folder, in numeric order. */
async function numbered(
  folder: string,
  fields: readonly string[],
  line: (n: string, values: string[]) => string,
): Promise<string | undefined> {
  const numbers = (await namesIn(folder)).filter((n) => /^\d+$/.test(n)).sort((a, b) => Number(a) - Number(b))
  const lines = await Promise.all(
    numbers.map(async (n) => {
      const values = await Promise.all(fields.map((field) => textAt(join(folder, n, field))))
      return values.some((v) => v === undefined)
        ? ''
        : line(
            n,
            values.map((v) => (v as string).trim()),
          )
    }),
  )
  return lines.length === 0 ? undefined : lines.filter(Boolean).join('\n') + '\n'
}

function firmwareMap(root: string): Promise<string | undefined> {
  return numbered(join(root, 'sys/firmware/memmap'), ['start', 'end', 'type'], (n, values) =>
    [n, ...values].join(' '),
  )
}

function efiRuntimeMap(root: string): Promise<string | undefined> {
  const fields = ['type', 'phys_addr', 'virt_addr', 'num_pages', 'attribute']
  return numbered(join(root, 'sys/firmware/efi/runtime-map'), fields, (n, [type, phys, virt, pages, attr]) =>
    [n, `type=${type}`, `phys=${phys}`, `virt=${virt}`, `pages=${pages}`, `attr=${attr}`].join(' '),
  )
}

async function secureBoot(root: string): Promise<string | undefined> {
  const bytes = await bytesAt(join(root, 'sys/firmware/efi/efivars', SECURE_BOOT))
  return bytes?.length === SECURE_BOOT_BYTES ? `${bytes[SECURE_BOOT_BYTES - 1]}\n` : undefined
}

async function nodes(root: string): Promise<string | undefined> {
  const folder = 'sys/devices/system/node'
  const names = (await namesIn(join(root, folder))).filter((n) => /^node\d+$/.test(n)).toSorted()
  const parts = await Promise.all(
    names.map(async (name) => {
      const cpus = (await textAt(join(root, folder, name, 'cpulist'))) ?? '\n'
      return `== /${folder}/${name}\n${cpus}${(await textAt(join(root, folder, name, 'meminfo'))) ?? ''}`
    }),
  )
  return parts.length === 0 ? undefined : parts.join('')
}

/** What the kernel tells every process about its pages. */
async function pageSize(root: string): Promise<string | undefined> {
  const auxv = await bytesAt(join(root, 'proc/self/auxv'))
  if (!auxv) return undefined
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength)
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    if (view.getBigUint64(at, true) === PAGE_SIZE_IN_AUXV) return `${view.getBigUint64(at + 8, true)}\n`
  }
  return undefined
}

/** A few symbols; to who may not see addresses they read as zero, and then they say nothing. */
async function symbols(root: string): Promise<string | undefined> {
  const all = (await textAt(join(root, 'proc/kallsyms'))) ?? ''
  const lines = all.split('\n').filter((line) => SYMBOLS.has(line.split(' ')[2] ?? '') && !/^0+ /.test(line))
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n`
}

async function kernelConfig(root: string): Promise<string | undefined> {
  const packed = await bytesAt(join(root, 'proc/config.gz'))
  if (packed) return gunzipSync(packed).toString('utf8')
  const release = (await textAt(join(root, 'proc/sys/kernel/osrelease')))?.trim()
  return release ? textAt(join(root, 'boot', `config-${release}`)) : undefined
}

/** The running kernel's own log; of another root what it keeps in its log folder. */
async function bootLog(root: string): Promise<string | undefined> {
  if (root !== '/') return textAt(join(root, 'var/log/dmesg'))
  try {
    const { stdout } = await promisify(execFile)('dmesg', [], { maxBuffer: MAX_LOG_BYTES })
    return stdout === '' ? undefined : stdout
  } catch {
    return undefined
  }
}
