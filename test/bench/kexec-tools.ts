import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putU32le } from '../../src/planner/bytes/endian.ts'
import type { CaptureFiles } from '../../src/planner/index.ts'

/** Where the setup header has `init_size`: the tool hashes all that a kernel reserves, which is no part of placing. */
const INIT_SIZE_AT = 0x260
const KERNEL_BYTES = 0x10000
/** Without this capability nothing that the tool does can replace what this machine has loaded for its own reboot. */
const WITHOUT_BOOT = '--bounding-set -sys_boot --inh-caps -sys_boot --'
const INITRD_BYTES = 0x1000

/** A host's files, and a small image, laid out for kexec-tools and for `berth plan` alike. */
export interface ToolsHost {
  readonly kernel: string
  readonly kernelSize: number
  readonly initrdSize: number
  /** Shell words before which `kexec` sees the capture's memory in place of this machine's. */
  readonly within: readonly string[]
  readonly command: readonly string[]
}

/**
 * Makes Debian's kexec-tools plan for a captured x86_64 host: in a mount namespace of its own, with the capture's iomem
 * and firmware map over this machine's, and without the right to load anything: it stops where the kernel refuses that.
 *
 * Gives a sentence instead where that cannot be done here.
 */
export function toolsHost(
  dir: string,
  files: CaptureFiles,
  kernelHead: Uint8Array,
  cmdline: string,
): ToolsHost | string {
  if (process.arch !== 'x64') return 'kexec-tools places for its own architecture alone: wanted is x86_64'
  if (spawnSync('kexec', ['--version']).status !== 0) return 'there is no kexec-tools here'
  const confined = ['-m', 'setpriv', ...WITHOUT_BOOT.split(' '), 'true']
  if (spawnSync('unshare', confined).status !== 0) return 'no mount namespace may be made here, or no setpriv'

  const head = Uint8Array.from(kernelHead)
  putU32le(head, INIT_SIZE_AT, 2 * KERNEL_BYTES)
  const image = new Uint8Array(KERNEL_BYTES)
  image.set(head)
  const at = (name: string) => join(dir, name)
  writeFileSync(at('vmlinuz'), image)
  writeFileSync(at('initrd'), new Uint8Array(INITRD_BYTES))
  writeFileSync(at('iomem'), files.iomem ?? '')
  for (const line of (files['firmware-memmap'] ?? '').trimEnd().split('\n')) {
    const [, number = '', start = '', last = '', type = ''] = /^(\d+) (\S+) (\S+) (.*)$/.exec(line) ?? []
    const entry = join(dir, 'memmap', number)
    mkdirSync(entry, { recursive: true })
    for (const [name, value] of Object.entries({ start, end: last, type }))
      writeFileSync(join(entry, name), `${value}\n`)
  }
  const mounts = [
    'mount --make-rprivate /',
    `mount --bind '${at('iomem')}' /proc/iomem`,
    `mount --bind '${at('memmap')}' /sys/firmware/memmap`,
    `exec setpriv ${WITHOUT_BOOT} "$@"`,
  ]
  return {
    kernel: at('vmlinuz'),
    kernelSize: KERNEL_BYTES,
    initrdSize: INITRD_BYTES,
    within: ['unshare', '-m', 'sh', '-e', '-c', mounts.join('\n'), 'sh'],
    command: ['kexec', '-l', at('vmlinuz'), `--initrd=${at('initrd')}`, `--command-line=${cmdline}`],
  }
}

/** Where it would put each segment: address and size, in its own order. */
export function toolsPlaces({ within, command }: ToolsHost): string[] {
  const [program = '', ...rest] = [...within, ...command, '-d']
  const { stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8' })
  const text = `${stdout}${stderr}`
  return [
    ...text.matchAll(/^segment\[\d+\]\.mem {3}= (0x[0-9a-f]+)\nsegment\[\d+\]\.memsz = (0x[0-9a-f]+)$/gm),
  ].map(([, mem, memsz]) => `${mem} ${memsz}`)
}
