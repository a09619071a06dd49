import type { CaptureFiles, Exception, PlanRequest } from '../../../src/planner/index.ts'
import { fdtBytes } from '../../../src/planner/read/fdt-bytes.ts'
import type { FdtNode } from '../../../src/planner/read/fdt.ts'
import { arm64Head } from '../image/headers.ts'

const MIB = 0x100000
const BASE = 0x40000000
const ARM64 = 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux\n'
const X86_64 = 'Linux host 6.12.0-amd64 #1 SMP x86_64 GNU/Linux\n'

/** A host that is well formed and made to cost planning much, with about `n` ranges in each list. */
export interface HostileHost {
  readonly why: string
  readonly files: (n: number) => CaptureFiles
  readonly initrdSize: number | null
  /** The image of the other tests where it is left out. */
  readonly kernel?: PlanRequest['kernel']
  readonly cmdline?: string
  readonly exceptions?: readonly Exception[]
}

const hex8 = (n: number) => n.toString(16).padStart(8, '0')
const hex16 = (n: number) => n.toString(16).padStart(16, '0')

interface Spot {
  readonly start: number
  readonly size: number
  readonly name?: string
}

function spots(n: number, spot: (i: number) => Spot): Spot[] {
  return Array.from({ length: n }, (_, i) => spot(i))
}

function iomem(all: readonly Spot[], depth = 0): string {
  const line = ({ start, size, name = 'System RAM' }: Spot) =>
    `${'  '.repeat(depth)}${hex8(start)}-${hex8(start + size - 1)} : ${name}\n`
  return all.map(line).join('')
}

function memblock(all: readonly Spot[]): string {
  return all
    .map(
      ({ start, size }, i) => `${String(i).padStart(4)}: 0x${hex16(start)}..0x${hex16(start + size - 1)}\n`,
    )
    .join('')
}

function tree(bytes: number): Uint8Array {
  const root: FdtNode = {
    name: '',
    properties: [{ name: 'x', nameAt: 0, value: new Uint8Array(bytes) }],
    children: [{ name: 'chosen', properties: [], children: [] }],
  }
  const strings = Uint8Array.from('x\0', (char) => char.charCodeAt(0))
  return fdtBytes({ reservations: [], root, strings, padding: 0, bootCpu: 0, version: 17 })
}

/** One System RAM over everything, and memblock's lists as given. */
function arm64(memory: readonly Spot[], reserved: readonly Spot[], more: CaptureFiles = {}): CaptureFiles {
  const last = memory.at(-1) as Spot
  return {
    uname: ARM64,
    iomem: iomem([{ start: BASE, size: last.start + last.size - BASE }]),
    'memblock-memory': memblock(memory),
    'memblock-reserved': memblock(reserved),
    fdt: tree(1000),
    ...more,
  }
}

const SMALL_INITRD = 0x1000
const LARGE_INITRD = 64 * MIB

/** Smaller than the largest device tree. */
const SMALL_KERNEL = { head: arm64Head({ imageSize: BigInt(MIB) }), size: MIB / 2 }
const LARGE_TREE = 1.9 * MIB

/** A hole for a kernel of so many MiB in each range. */
const holes = (n: number, mib: number) => spots(n, (i) => ({ start: BASE + i * 32 * MIB, size: mib * MIB }))

export const HOSTILE_HOSTS: readonly HostileHost[] = [
  {
    why: 'tiny pieces of System RAM',
    files: (n) => ({
      uname: X86_64,
      iomem: iomem(spots(n, (i) => ({ start: BASE + i * 0x2000, size: 0x1000 }))),
    }),
    initrdSize: SMALL_INITRD,
  },
  {
    why: 'reservations everywhere',
    files: (n) =>
      arm64(
        [{ start: BASE, size: n * 0x2000 }],
        spots(n, (i) => ({ start: BASE + i * 0x2000, size: 0x1000 })),
      ),
    initrdSize: SMALL_INITRD,
  },
  {
    why: 'a hole for a kernel in each range, none for the initrd',
    files: (n) => arm64(holes(n, 8), []),
    initrdSize: LARGE_INITRD,
  },
  {
    why: 'a hole for a kernel in each range, and a tree larger than all of them',
    files: (n) => arm64(holes(n, 1), [], { fdt: tree(LARGE_TREE) }),
    initrdSize: SMALL_INITRD,
    kernel: SMALL_KERNEL,
  },
  {
    why: 'a hole for a kernel in each range, and initrd and tree want the only large one',
    files: (n) => {
      const top = { start: BASE + n * 32 * MIB, size: 3 * MIB }
      return arm64([...holes(n, 1), top], [], { fdt: tree(LARGE_TREE) })
    },
    initrdSize: 1.5 * MIB,
    kernel: SMALL_KERNEL,
  },
  {
    why: 'a reservation as large as the tree again and again, beside other things',
    files: (n) => {
      const fdt = tree(1000)
      const other = spots(n, (i) => ({ start: BASE + i * 0x4000, size: 0x1000, name: 'other' }))
      const like = spots(n, (i) => ({ start: BASE + i * 0x4000 + 0x2000, size: fdt.length }))
      const all = { start: BASE, size: n * 0x4000 }
      return { ...arm64([all], like, { fdt }), iomem: `${iomem([all])}${iomem(other, 1)}` }
    },
    initrdSize: SMALL_INITRD,
  },
  {
    why: 'LPI tables and reservations',
    files: (n) => {
      const all = [{ start: BASE, size: n * 0x40000 }]
      const dmesg = spots(n, (i) => ({ start: BASE + i * 0x40000, size: 0 }))
        .map(({ start }) => `GICv3: using allocated LPI pending table @0x${hex16(start)}\n`)
        .join('')
      return arm64(
        all,
        spots(n, (i) => ({ start: BASE + i * 0x40000, size: 0x8000 })),
        { dmesg },
      )
    },
    initrdSize: SMALL_INITRD,
  },
  {
    why: 'ACPI tables that the next kernel does without',
    files: (n) => {
      const ram = spots(n, (i) => ({ start: BASE + i * 0x3000, size: 0x1000 }))
      const tables = ram.map(({ start }) => ({ start: start + 0x1000, size: 0x2000, name: 'ACPI Tables' }))
      const all = ram.flatMap((r, i): Spot[] => [r, tables[i] as Spot])
      const entry = ({ start, size, name = 'System RAM' }: Spot, i: number) =>
        `${i} 0x${start.toString(16)} 0x${(start + size - 1).toString(16)} ${name}\n`
      return { uname: X86_64, iomem: iomem(all), 'firmware-memmap': all.map(entry).join('') }
    },
    initrdSize: SMALL_INITRD,
    cmdline: 'acpi=off nokaslr',
    exceptions: [
      {
        kind: 'acpi-tables',
        policy: 'none',
        approver: 'nobody',
        reason: 'a test',
        expires_at: '2030-01-01T00:00:00Z',
      },
    ],
  },
]
