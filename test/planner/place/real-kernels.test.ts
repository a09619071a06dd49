import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { planLoad, readSnapshot } from '../../../src/planner/index.ts'
import { bzImageHead } from '../image/headers.ts'

interface Recorded {
  readonly id: string
  readonly arch: string
  readonly kernel: string
  readonly cmdline: string
  readonly proc_iomem: readonly string[]
  readonly firmware_memmap: readonly string[]
  readonly efi_runtime_map: readonly unknown[]
  readonly kernel_image: Record<'init_size' | 'kernel_alignment' | 'pref_address' | 'file_size', string> & {
    setup_sects: number
  }
  readonly purgatory_memsz: string
  readonly loads: readonly {
    readonly name: string
    readonly crash: boolean
    readonly initrd_len: number | null
    readonly cmdline_len_with_nul: number
    readonly segments: readonly { role: string; bufsz: string; mem: string; memsz: string }[]
  }[]
}

const recorded = (
  JSON.parse(readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8')) as {
    real_kernel: Recorded[]
  }
).real_kernel.filter((r) => r.arch === 'x86_64')

const loads = recorded.flatMap((r) =>
  r.loads.filter((l) => !l.crash).map((l) => [`${r.id} ${l.name}`, r, l] as const),
)

test.each(loads)('stock x86_64 kernel %s', (_name, host, load) => {
  const snapshot = readSnapshot({
    uname: `Linux host ${host.kernel} #1 SMP x86_64 GNU/Linux`,
    cmdline: host.cmdline,
    iomem: host.proc_iomem.join('\n') + '\n',
    'firmware-memmap': host.firmware_memmap.map((line) => line.split('|').join(' ')).join('\n') + '\n',
  })
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  const image = host.kernel_image
  const head = bzImageHead({
    setupSects: image.setup_sects,
    initSize: Number(image.init_size),
    kernelAlignment: Number(image.kernel_alignment),
    prefAddress: Number(image.pref_address),
  })
  const plan = planLoad(
    {
      snapshot: snapshot.value,
      kernel: { head, size: Number(image.file_size) },
      initrdSize: load.initrd_len,
      cmdline: 'x'.repeat(load.cmdline_len_with_nul - 1),
      purpose: 'reboot',
      strategy: 'kexec_file',
      pins: [],
      booted: [],
      facts: { purgatorySize: Number(host.purgatory_memsz) },
    },
    (content) => createHash('sha256').update(content).digest('hex'),
  )
  const want = load.segments.map((s) => ({
    kind: s.role,
    mem: s.mem,
    bufsz: Number(s.bufsz),
    memsz: Number(s.memsz),
  }))
  const got = plan.ok
    ? plan.value.segments.map(({ kind, mem, bufsz, memsz }) => ({ kind, mem, bufsz, memsz }))
    : plan.error
  expect(got).toEqual(want)
})
