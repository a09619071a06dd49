import { describe, expect, test } from 'vitest'
import {
  compare,
  withCrashkernel,
  type CrashkernelAdvice,
  type PlanRequest,
} from '../../src/planner/index.ts'
import { loadCapture } from '../capture.ts'
import { plan, sha256, snapshotOf } from './host.ts'
import { trueLoads, type TrueLoad } from './truth.ts'

const MIB = 0x100000

function advised(load: TrueLoad, change: Partial<PlanRequest> = {}): CrashkernelAdvice | null {
  return compare(asked(load, change), { kernel: 'K', initrd: 'I' }, sha256).crashkernel
}

function asked(load: TrueLoad, change: Partial<PlanRequest> = {}): PlanRequest {
  return {
    snapshot: snapshotOf(loadCapture(load.capture)),
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    cmdline: load.cmdline,
    purpose: 'crash',
    strategy: 'kexec_file',
    pins: [],
    booted: [],
    ...change,
  }
}

const crashes = trueLoads().filter((l) => l.purpose === 'crash')

describe('crashkernel advice', () => {
  test.each<[name: string, load: TrueLoad]>(crashes.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s: whether it loads is what the kernel answered, and the least size is the least',
    (_name, load) => {
      const advice = advised(load)
      expect(advice?.loads).toBe(load.error === null)
      const least = advice?.least as number
      const at = (size: number) => {
        const request = asked(load)
        return plan(withCrashkernel(request.snapshot, size), {
          ...request,
          snapshot: withCrashkernel(request.snapshot, size),
        }).ok
      }
      expect([at(least), at(least - asked(load).snapshot.pageSize)]).toEqual([true, false])
      const { parts, recommended } = advice as CrashkernelAdvice
      expect(recommended).toBeGreaterThanOrEqual(parts.kernel + parts.initrd + parts.modules + parts.runtime)
      expect(recommended).toBeGreaterThan(least)
      expect(recommended % (16 * MIB)).toBe(0)
    },
  )

  test.each<[why: string, memTotal: number, usual: number | null]>([
    ['less than 1 GiB', 2 ** 30 - 1, null],
    ['1 GiB', 2 ** 30, 192 * MIB],
    ['less than 4 GiB', 2 ** 32 - 1, 192 * MIB],
    ['4 GiB', 2 ** 32, 256 * MIB],
    ['64 GiB', 2 ** 36, 512 * MIB],
  ])('with %s of RAM the default of distributions counts', (_why, memTotal, usual) => {
    const load = crashes.find((l) => l.capture.startsWith('x86_64')) as TrueLoad
    const advice = advised(load, { snapshot: { ...asked(load).snapshot, memTotal } })
    expect(advice?.usual).toBe(usual)
    expect(advice?.recommended).toBeGreaterThanOrEqual(usual ?? 0)
  })

  test('a larger initrd wants more, and what was enough is no more', () => {
    const load = crashes.find((l) => l.error === null) as TrueLoad
    const advice = advised(load, { initrdSize: 1024 * MIB })
    expect(advice).toMatchObject({
      loads: false,
      enough: false,
      sentence: expect.stringMatching(/does not fit in/),
    })
    expect(advice?.recommended).toBeGreaterThan(1024 * MIB)
  })

  test('a reboot gets none', () => {
    const load = crashes[0] as TrueLoad
    expect(advised(load, { purpose: 'reboot' })).toBeNull()
  })
})
