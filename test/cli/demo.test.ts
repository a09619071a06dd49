import { describe, expect, test } from 'vitest'
import type { KexecBackend } from '../../src/agent/index.ts'
import { demo, DEMO_HOSTS } from '../../src/cli/demo/demo.ts'
import type { SegmentKind } from '../../src/planner/index.ts'
import { recordedIo } from './recorded-io.ts'

const ARM64 = 'arm64-uefi-acpi-2g-exec-k612'
const X86_64 = 'x86_64-seabios-2g'
/** The step in which a loader aligns each kind; pages for all others. */
const STEP: { readonly [K in SegmentKind]?: number } = { kernel: 0x200000, dtb: 0x200000 }

test('hosts of both architectures land where planned, boot after boot', async () => {
  const io = recordedIo()
  const only = [ARM64, X86_64, 'arm64-dt-1g', 'x86_64-ovmf-4g']
  const code = await demo({ keep: false, hosts: DEMO_HOSTS, only, boots: 2 }, io)
  expect(io.stdout()).toMatch(/\n4 of 4 hosts landed where planned\n$/)
  expect(code).toBe(0)
})

describe('a demo host of which any segment is placed one alignment step off does not land', () => {
  const kinds: readonly (readonly [host: string, kind: SegmentKind])[] = [
    [ARM64, 'kernel'],
    [ARM64, 'initrd'],
    [ARM64, 'dtb'],
    [X86_64, 'purgatory'],
    [X86_64, 'boot_params'],
    [X86_64, 'kernel'],
    [X86_64, 'initrd'],
  ]
  const cases = kinds.flatMap(([host, kind]) => [
    [host, kind, 'the loader shows what it holds', false] as const,
    [host, kind, 'the loader shows what was asked for', true] as const,
  ])
  test.each(cases)('%s %s: %s', async (host, kind, _how, lies) => {
    const io = recordedIo()
    const moved: number[] = []
    const tamper = (backend: KexecBackend) => shifted(backend, kind, { lies, moved })
    const code = await demo({ keep: false, hosts: DEMO_HOSTS, only: [host], boots: 1, tamper }, io)
    expect(moved, 'the shifted image was accepted').toHaveLength(1)
    expect(io.stdout()).toMatch(/\n0 of 1 hosts landed where planned\n$/)
    expect(code).toBe(1)
  })
})

/** A backend that books one segment a step lower, or where that is refused a step higher. */
function shifted(
  backend: KexecBackend,
  kind: SegmentKind,
  { lies, moved }: { lies: boolean; moved: number[] },
): KexecBackend {
  const step = STEP[kind] ?? 0x1000
  let asked: Awaited<ReturnType<KexecBackend['loaded']>> = null
  return {
    ...backend,
    async load(image) {
      const straight = await backend.load(image)
      asked = await backend.loaded()
      if (!straight.ok) return straight
      for (const by of [-step, step]) {
        const segments = image.segments.map((s) => (s.kind === kind ? { ...s, mem: s.mem + by } : s))
        const answer = await backend.load({ ...image, segments })
        if (!answer.ok) continue
        moved.push(by)
        return answer
      }
      throw new Error(`no room to move the ${kind}`)
    },
    loaded: async () => (lies ? asked : backend.loaded()),
  }
}
