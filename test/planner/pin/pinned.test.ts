import { describe, expect, test } from 'vitest'
import { bootGround, pinsOf, type Pin, type PlanBody, type SegmentKind } from '../../../src/planner/index.ts'
import { hostFile, loadCapture } from '../../capture.ts'
import { plan, planned, snapshotOf, x86Host } from '../host.ts'
import { arm64Head } from '../image/headers.ts'

const RAM_4G =
  '00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n100000000-13fffffff : System RAM\n'
const RAM_3G = '00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n'
const host = x86Host(RAM_4G)
const first = planned(host)
const pins = pinsOf(first, [])

describe('a pin', () => {
  test('is made for every segment of a first plan, with room to grow', () => {
    expect(first.segments.map((s) => s.chosen)).toEqual(['new-pin', 'new-pin', 'new-pin', 'new-pin'])
    expect(pins.map((p) => p.kind)).toEqual(['purgatory', 'boot_params', 'kernel', 'initrd'])
    for (const s of first.segments) expect(s.room).toBeGreaterThan(s.memsz)
  })

  test('holds in the next plan of the same memory', () => {
    const again = planned(host, { pins })
    expect(again.segments.map((s) => [s.mem, s.chosen])).toEqual(
      first.segments.map((s) => [s.mem, 'kept-pin']),
    )
  })

  test('holds while an initrd grows within its room, and another byte keeps the address as long as it fits', () => {
    const room = (pins.find((p) => p.kind === 'initrd') as Pin).room
    const grown = planned(host, { pins, initrdSize: room })
    expect(segment(grown, 'initrd')).toMatchObject({ mem: segment(first, 'initrd').mem, chosen: 'kept-pin' })
  })

  test('of a segment that a plan lacks is kept for the next one', () => {
    const without = planned(host, { pins, initrdSize: null })
    expect(pinsOf(without, pins).find((p) => p.kind === 'initrd')).toEqual(
      pins.find((p) => p.kind === 'initrd'),
    )
  })

  test('of a kernel with a text_offset, as arm64 had before 5.8, holds boot after boot', () => {
    const arm64 = snapshotOf(loadCapture('arm64-dt-1g'))
    const kernel = { head: arm64Head({ textOffset: 0x80000n }), size: 0x5f3200 }
    const boot = planned(arm64, { kernel })
    const next = planned(arm64, { kernel, pins: pinsOf(boot, []) })
    expect(Number(segment(boot, 'kernel').mem) % 0x200000).toBe(0x80000)
    expect(next.segments.map((s) => [s.mem, s.memsz, s.room, s.chosen])).toEqual(
      boot.segments.map((s) => [s.mem, s.memsz, s.room, 'kept-pin']),
    )
  })

  test('is not made by another strategy', () => {
    expect(pinsOf(planned(host, { strategy: 'kexec_file' }), pins)).toBe(pins)
  })
})

describe('a pin that no longer holds moves, and says why', () => {
  test.each<[why: string, snapshot: ReturnType<typeof x86Host>, pin: Partial<Pin>, because: RegExp]>([
    ['the memory is gone', x86Host(RAM_3G), {}, /is not free on this boot/],
    ['off the alignment', host, { mem: '0x10000001' }, /not aligned to 0x200000/],
    ['below what the loader allows', host, { mem: '0x200000' }, /below 0x1000000/],
  ])('%s', (_why, snapshot, change, because) => {
    const changed = pins.map((p) => (p.kind === 'kernel' ? { ...p, ...change } : p))
    const kernel = segment(planned(snapshot, { pins: changed }), 'kernel')
    expect(kernel.chosen).toBe('moved-pin')
    expect(kernel.because).toMatch(because)
  })

  test('another segment of the same plan is in the way', () => {
    const kernelPin = pins.find((p) => p.kind === 'kernel') as Pin
    const changed = pins.map((p) => (p.kind === 'initrd' ? { ...p, mem: kernelPin.mem } : p))
    expect(segment(planned(host, { pins: changed }), 'initrd').because).toMatch(/taken by another segment/)
  })
})

test('a new pin keeps clear of the pin of a segment that comes later', () => {
  const initrd = pins.find((p) => p.kind === 'initrd') as Pin
  const kernel = segment(first, 'kernel')
  const over: Pin = { ...initrd, mem: kernel.mem, room: 0x2000000 }
  const made = planned(host, { pins: [over] })
  expect(segment(made, 'initrd')).toMatchObject({ mem: kernel.mem, chosen: 'kept-pin' })
  expect(Number(segment(made, 'kernel').mem)).not.toBe(Number(kernel.mem))
})

test.each<[why: string, initrdSize: number, room: number]>([
  ['within its room', 0x1000000, 0x1400000],
  ['at its end', 0x1400000, 0x1400000],
  ['beyond it, where the memory behind is free', 0x1400001, 0x1401000],
])('a kept pin has the room that it had, or what the segment needs now: %s', (_why, initrdSize, room) => {
  const initrd = { ...(pins.find((p) => p.kind === 'initrd') as Pin), mem: '0x40000000', room: 0x1400000 }
  expect(segment(planned(host, { pins: [initrd], initrdSize }), 'initrd')).toMatchObject({
    mem: '0x40000000',
    room,
    chosen: 'kept-pin',
  })
})

test('pins of a reboot say nothing to a crash kernel, and are left as they are', () => {
  const crashing = x86Host(`${RAM_3G}  90000000-9fffffff : Crash kernel\n`)
  const crash = planned(crashing, { purpose: 'crash', pins })
  expect(crash.segments.every((s) => s.chosen === 'new-pin')).toBe(true)
  const both = pinsOf(crash, pins)
  expect(both.filter((p) => p.purpose === 'reboot')).toEqual(pins)
  expect(both.filter((p) => p.purpose === 'crash').map((p) => [p.kind, p.mem, p.room, p.reason])).toEqual(
    crash.segments.map((s) => [s.kind, s.mem, s.room, 'no pin yet']),
  )
})

test('new pins take the place of those of the same purpose and kind, and of no others', () => {
  const crashing = x86Host(`${RAM_3G}  90000000-9fffffff : Crash kernel\n`)
  const both = pinsOf(planned(crashing, { purpose: 'crash' }), pins)
  const crash = both
    .filter((p) => p.purpose === 'crash')
    .map((p) => ({ ...p, reason: 'of the crash kernel' }))
  const reboot = pins.map((p) => ({ ...p, reason: 'of the reboot' }))
  const before = [...crash, ...reboot]
  const after = pinsOf(planned(host, { pins: before }), before)
  expect(after).toHaveLength(before.length)
  expect(after).toEqual(expect.arrayContaining(before))
})

test('a kept pin keeps its reason, a moved one gives its own', () => {
  const old = pins.map((p) => ({ ...p, reason: `why ${p.kind}` }))
  const reasons = (asked: readonly Pin[]) =>
    Object.fromEntries(pinsOf(planned(host, { pins: asked }), asked).map((p) => [p.kind, p.reason]))
  expect(reasons(old)).toEqual(Object.fromEntries(old.map((p) => [p.kind, p.reason])))
  const spoilt = old.map((p) => (p.kind === 'kernel' ? { ...p, mem: '0x10000001' } : p))
  expect(reasons(spoilt)).toEqual({
    ...reasons(old),
    kernel: expect.stringMatching(/^moved from 0x10000001: not aligned/) as string,
  })
})

test('where no place is left, the refusal names the buf', () => {
  const made = plan(x86Host('00100000-04ffffff : System RAM\n'), { initrdSize: 0x1000000 })
  expect(made).toMatchObject({ ok: false, error: { code: 'no-hole', buf: { kind: 'initrd' } } })
})

test('a new pin keeps clear of what was not free in a remembered boot', () => {
  const remembered = planned(host, { history: [bootGround(x86Host(RAM_3G), [])] })
  for (const s of remembered.segments) expect(Number(s.mem)).toBeLessThan(0xc0000000)
})

test('the segments that booted the running kernel do not break their own pins', () => {
  const real = snapshotOf(loadCapture('arm64-uefi-acpi-2g-exec-k612-host2'))
  // Its tree shows itself by its size; without that only the plan tells.
  const unknown = { ...real, fdtSize: null }
  const dtb = { start: 0xbe400000, last: 0xbe400fff } as never
  const pin: Pin = { purpose: 'reboot', kind: 'dtb', mem: '0xbe400000', room: 0x1000, reason: 'test' }
  const head = loadKernel('arm64-uefi-acpi-2g-exec-k612-host2')
  const own = planned(unknown, { kernel: head, pins: [pin], booted: [dtb] })
  expect(segment(own, 'dtb').chosen).toBe('kept-pin')
  expect(own.over).toBe('running-kernel')
  const foreign = planned(unknown, { kernel: head, pins: [pin], booted: [] })
  expect(segment(foreign, 'dtb').chosen).toBe('moved-pin')
  const seen = planned(real, { kernel: head, pins: [pin], booted: [] })
  expect(segment(seen, 'dtb').chosen).toBe('kept-pin')
})

function segment(body: PlanBody, kind: SegmentKind): PlanBody['segments'][number] {
  const found = body.segments.find((s) => s.kind === kind)
  if (!found) throw new Error(`no ${kind}`)
  return found
}

function loadKernel(name: string): { head: Uint8Array; size: number } {
  const head = hostFile(name, 'kernel-header.bin')
  if (!head) throw new Error(`${name} has no kernel header`)
  return { head: new Uint8Array(head), size: 0x7c2200 }
}
