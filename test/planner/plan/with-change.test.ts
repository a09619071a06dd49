import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withCrashkernel, type Change, type PlanRequest } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { bzImageHead } from '../image/headers.ts'
import { plan, snapshotOf, x86Host } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

const PAGE = 0x1000
const MIB = 0x100000

/** The request with the change made: `more` undoes so many pages of it. */
function applied(request: Partial<PlanRequest>, on: PlanRequest['snapshot'], change: Change, more: number) {
  const page = on.pageSize
  if (change.code === 'smaller-initrd') {
    return plan(on, { ...request, initrdSize: change.initrd_size + more * page })
  }
  if (change.code === 'crashkernel') {
    return plan(withCrashkernel(on, change.size - more * page), request)
  }
  throw new Error(`${change.code} cannot be applied here`)
}

function refused(load: TrueLoad, strategy: 'kexec_file' | 'kexec_tools') {
  const snapshot = snapshotOf(loadCapture(load.capture))
  const request = {
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    cmdline: load.cmdline,
    purpose: load.purpose,
    strategy,
  } as const
  const made = plan(snapshot, request)
  if (made.ok || made.error.code !== 'no-hole') return null
  return { snapshot, request, failure: made.error }
}

const refusals = (['kexec_file', 'kexec_tools'] as const).flatMap((prefix) =>
  trueLoads(prefix).flatMap((load) => {
    const is = refused(load, prefix)
    return is ? [[`${load.capture} ${load.tag}`, is] as const] : []
  }),
)

describe(`of ${refusals.length} loads that real kernels refused`, () => {
  test('there are some', () => expect(refusals.length).toBeGreaterThan(3))

  test.each(refusals)('%s: every change that is told makes it fit, one page less does not', (_name, is) => {
    const { change, alternatives } = is.failure
    const told = [...(change ? [change] : []), ...(alternatives ?? [])]
    expect(told.length).toBeGreaterThan(0)
    for (const one of told.filter((c) => c.code === 'smaller-initrd' || c.code === 'crashkernel')) {
      expect([one.code, applied(is.request, is.snapshot, one, 0).ok]).toEqual([one.code, true])
      expect([one.code, applied(is.request, is.snapshot, one, 1).ok]).toEqual([one.code, false])
    }
  })
})

test('over random memory, what is told to fit fits, and one page more does not', () => {
  let told = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ mib: fc.integer({ min: 8, max: 200 }), gap: fc.integer({ min: 1, max: 9 }) }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.integer({ min: MIB, max: 150 * MIB }),
      fc.constantFrom('6.1.0-amd64', '6.12.0-amd64'),
      fc.constantFrom('pinned', 'kexec_file', 'kexec_tools'),
      (parts, initrdSize, release, strategy) => {
        let at = 16 * MIB
        const lines = parts.map(({ mib, gap }) => {
          const line = `${hex8(at)}-${hex8(at + mib * MIB - 1)} : System RAM`
          at += (mib + gap) * MIB
          return line
        })
        const uname = `Linux host ${release} #1 SMP x86_64 GNU/Linux`
        const snapshot = x86Host(`${lines.join('\n')}\n`, { uname })
        const request = { initrdSize, strategy: strategy as 'pinned' }
        const made = plan(snapshot, request)
        if (made.ok || made.error.code !== 'no-hole' || made.error.change?.code !== 'smaller-initrd') return
        told++
        expect(applied(request, snapshot, made.error.change, 0).ok).toBe(true)
        expect(applied(request, snapshot, made.error.change, 1).ok).toBe(false)
        expect(made.error.change.less).toBe(initrdSize - made.error.change.initrd_size)
      },
    ),
    { numRuns: 300 },
  )
  expect(told).toBeGreaterThan(10)
})

test('a kernel that is only too aligned is told so', () => {
  // 40 MiB that hold no 16 MiB border low enough for a kernel of 32 MiB, but one of 2 MiB.
  const snapshot = x86Host('01200000-039fffff : System RAM\n100000000-10003ffff : System RAM\n')
  const head = bzImageHead({ kernelAlignment: 0x1000000, initSize: 0x2000000 })
  const made = plan(snapshot, {
    kernel: { head, size: 0x7d7200 },
    initrdSize: null,
    strategy: 'kexec_file',
    snapshot: { ...snapshot, memTotal: 2 ** 30 },
  })
  expect(made).toMatchObject({ ok: false, error: { code: 'no-hole', buf: { kind: 'kernel' } } })
  const change = made.ok || made.error.code !== 'no-hole' ? null : made.error.change
  expect(change).toMatchObject({ code: 'kernel-alignment' })
})

test('where nothing would help, it is said', () => {
  const snapshot = x86Host(`00100000-002fffff : System RAM\n`)
  const made = plan(snapshot, { initrdSize: PAGE, strategy: 'kexec_file' })
  expect(made).toMatchObject({ ok: false, error: { code: 'no-hole', change: { code: 'none' } } })
})

test('a crash kernel without a reservation is told how much would do', () => {
  const load = trueLoads().find((l) => l.capture === 'x86_64-seabios-2g') as TrueLoad
  const snapshot = snapshotOf(loadCapture(load.capture))
  const request = {
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    purpose: 'crash',
    strategy: 'kexec_file',
  } as const
  const bare = { ...snapshot, iomem: withoutCrash(snapshot.iomem) }
  const made = plan(bare, request)
  expect(made).toMatchObject({
    ok: false,
    error: { code: 'no-crashkernel', change: { code: 'crashkernel' } },
  })
  const change = made.ok || made.error.code !== 'no-crashkernel' ? null : made.error.change
  expect(applied(request, bare, change as Change, 0).ok).toBe(true)
  expect(applied(request, bare, change as Change, 1).ok).toBe(false)
})

function withoutCrash(entries: PlanRequest['snapshot']['iomem']): PlanRequest['snapshot']['iomem'] {
  return entries
    .filter((e) => e.name !== 'Crash kernel')
    .map((e) => ({ ...e, children: withoutCrash(e.children) }))
}

function hex8(n: number): string {
  return n.toString(16).padStart(8, '0')
}
