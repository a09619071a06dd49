import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEFAULT_POLICY,
  pinsOf,
  type Pin,
  type PinPolicy,
  type PlanBody,
  type SegmentKind,
} from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { plan, planned, snapshotOf, x86Host } from '../host.ts'

const HOLE = '00100000-3fffffff : System RAM\n'
const host = x86Host(`${HOLE}40000000-bffdffff : System RAM\n`)
/** The same host in a boot in which a device took a part of its memory, the kernel's pin within. */
const AT = 0x60000000
const smaller = x86Host(
  `${HOLE}40000000-5fffffff : System RAM\n60000000-63ffffff : Reserved\n64000000-bffdffff : System RAM\n`,
)
const pins = pinsOf(planned(host), []).map((pin) =>
  pin.kind === 'kernel' ? { ...pin, mem: '0x60000000' } : pin,
)
const policy = (rules: Partial<PinPolicy>): PinPolicy => ({ ...DEFAULT_POLICY, ...rules })

describe('when a pin no longer holds', () => {
  test('prefer: it moves to the nearest place, with what was in the way', () => {
    const made = planned(smaller, { pins })
    const kernel = segment(made, 'kernel')
    expect(kernel.chosen).toBe('moved-pin')
    expect(kernel.because).toMatch(
      /^moved from 0x60000000: .* is not free on this boot: 0x60000000-0x63f96fff is no System RAM$/,
    )
    // Below, its memory and its room have to fit; above, firmware's border keeps its distance.
    expect(Math.abs(Number(kernel.mem) - AT)).toBeLessThan(0x8000000)
    expect(rest(made)).toEqual(rest(planned(host, { pins })))
  })

  test('strict: no plan, with pin, cause, what is in the way, and the place that prefer would take', () => {
    const made = plan(smaller, { pins, policy: policy({ onBroken: 'strict' }) })
    const nearest = segment(planned(smaller, { pins }), 'kernel')
    expect(made).toMatchObject({
      ok: false,
      error: {
        code: 'pin-broken',
        pin: { kind: 'kernel', mem: '0x60000000' },
        cause: expect.stringContaining('is not free on this boot') as string,
        by: { start: '0x60000000', last: '0x63f96fff', why: 'no System RAM' },
        nearest: { mem: nearest.mem, room: nearest.room },
      },
    })
  })

  test('strict, but loosened: it moves, and is firm again', () => {
    const loose = pins.map((pin) => (pin.kind === 'kernel' ? { ...pin, loose: true } : pin))
    const strict = policy({ onBroken: 'strict' })
    const made = planned(smaller, { pins: loose, policy: strict })
    expect(segment(made, 'kernel').chosen).toBe('moved-pin')
    expect(pinsOf(made, loose).find((p) => p.kind === 'kernel')?.loose).toBeUndefined()
    const held = planned(host, { pins: loose, policy: strict })
    expect(pinsOf(held, loose).find((p) => p.kind === 'kernel')?.loose).toBe(true)
  })

  test('repin: all of that purpose are made anew, as on a host without pins; those of others stay', () => {
    const crash: Pin = { purpose: 'crash', kind: 'kernel', mem: '0x70000000', room: 0x1000, reason: 'other' }
    const asked = [...pins, crash]
    const made = planned(smaller, { pins: asked, policy: policy({ onBroken: 'repin' }) })
    expect(made.segments.map((s) => s.mem)).toEqual(planned(smaller).segments.map((s) => s.mem))
    expect(made.segments.every((s) => s.chosen === 'repinned')).toBe(true)
    expect(segment(made, 'initrd').because).toMatch(/^all made anew, since kernel had to leave 0x60000000: /)
    const after = pinsOf(made, asked)
    expect(after).toHaveLength(asked.length)
    expect(after).toContainEqual(crash)
  })

  test.each(['strict', 'prefer', 'repin'] as const)('%s: pins that hold are kept', (onBroken) => {
    const made = planned(host, { pins, policy: policy({ onBroken }) })
    expect(made.segments.every((s) => s.chosen === 'kept-pin')).toBe(true)
  })
})

describe('a pin that holds, and leaves no hole for another segment, counts as broken', () => {
  // 768 MiB above the kernel's pin are what the initrd needs, and arm64 places it above the kernel.
  const arm64 = snapshotOf(loadCapture('arm64-dt-1g'))
  const pin: Pin = { purpose: 'reboot', kind: 'kernel', mem: '0x60000000', room: 0x2000000, reason: 'set' }
  const asked = { pins: [pin], initrdSize: 0x10000000 }

  test('prefer: it moves, and the plan says why', () => {
    const kernel = segment(planned(arm64, asked), 'kernel')
    expect(kernel.chosen).toBe('moved-pin')
    expect(kernel.because).toBe('moved from 0x60000000: with it there, the initrd has no hole')
  })

  test('strict: refused, with the place that would do; repin: all anew', () => {
    const place = segment(planned(arm64, asked), 'kernel').mem
    expect(plan(arm64, { ...asked, policy: policy({ onBroken: 'strict' }) })).toMatchObject({
      error: { code: 'pin-broken', pin: { mem: '0x60000000' }, nearest: { mem: place } },
    })
    const anew = planned(arm64, { ...asked, policy: policy({ onBroken: 'repin' }) })
    expect(anew.segments.every((s) => s.chosen === 'repinned')).toBe(true)
  })

  test('what entered the plan names the pin all the same', () => {
    const digests = [asked, { ...asked, policy: policy({ onBroken: 'repin' }) }].map(
      (a) => planned(arm64, a).inputs.pins_digest,
    )
    expect(new Set(digests).size).toBe(1)
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('where it would not fit without pins either, that is what is told', () => {
    expect(plan(arm64, { ...asked, initrdSize: 0x3f000000 })).toMatchObject({ error: { code: 'no-hole' } })
  })
})

describe('a pin at the end of all addresses', () => {
  test.each<[why: string, pin: Partial<Pin>]>([
    ['its segment would not fit below the last address', { mem: '0x1ffffffffff000', room: 0x1000 }],
    ['its room reaches beyond', { mem: '0x1ffffff0000000', room: Number.MAX_SAFE_INTEGER }],
  ])('%s: it moves as any other', (_why, change) => {
    const changed = pins.map((p) => (p.kind === 'initrd' ? { ...p, ...change } : p))
    expect(segment(planned(host, { pins: changed }), 'initrd').chosen).toBe('moved-pin')
    expect(planned(host, { pins: changed.filter((p) => p.kind === 'initrd') }).segments).toHaveLength(4)
  })
})

describe('headroom', () => {
  test.each<[why: string, growth: { percent: number; bytes: number }, room: number]>([
    ['none: the segment alone', { percent: 0, bytes: 0 }, 0x1000000],
    ['hundredths of its size', { percent: 50, bytes: 0 }, 0x1800000],
    ['at least so many bytes', { percent: 1, bytes: 0x800000 }, 0x1800000],
    ['whole pages', { percent: 0, bytes: 1 }, 0x1001000],
  ])('%s', (_why, growth, room) => {
    const made = planned(host, { policy: policy({ headroom: { initrd: growth } }) })
    expect(segment(made, 'initrd').room).toBe(room)
  })

  test('another kind keeps its own', () => {
    const made = planned(host, { policy: policy({ headroom: { initrd: { percent: 0, bytes: 0 } } }) })
    expect(segment(made, 'kernel').room).toBe(segment(planned(host), 'kernel').room)
  })
})

describe('a segment that policy wants at random', () => {
  const random = policy({ random: ['initrd'] })

  test('is placed by the seed: the same seed the same place, another seed another', () => {
    const at = (randomSeed: string) => segment(planned(host, { policy: random, randomSeed }), 'initrd').mem
    expect(at('00')).toBe(at('00'))
    expect(new Set(['00', '01', '02', '03'].map(at)).size).toBe(4)
  })

  test('is no pin, and a pin that it had is gone; the seed is in the plan', () => {
    const made = planned(host, { pins, policy: random, randomSeed: 'ab' })
    expect(segment(made, 'initrd').chosen).toBe('random')
    expect(pinsOf(made, pins).map((p) => p.kind)).toEqual(['purgatory', 'boot_params', 'kernel'])
    expect(made.inputs.policy).toEqual({ random: { kinds: ['initrd'], seed: 'ab' } })
  })

  test('is drawn again where it leaves no hole for another, and the plan names the seed that it was made with', () => {
    const MIB = 0x100000
    const line = (start: number, mib: number) =>
      `${start.toString(16).padStart(8, '0')}-${(start + mib * MIB - 1).toString(16).padStart(8, '0')} : System RAM\n`
    const tight = x86Host(line(MIB, 255) + line(0x20000000, 512) + line(0x60000000, 256))
    const rules = policy({ random: ['boot_params'] })
    const asked = { initrdSize: 384 * MIB, policy: rules }
    const seeds = Array.from({ length: 40 }, (_, i) => `seed ${i}`)
    const made = seeds.map((randomSeed) => planned(tight, { ...asked, randomSeed }))
    const used = made.map((m) => m.inputs.policy?.random?.seed ?? '')
    expect(used.some((seed, i) => seed !== seeds[i])).toBe(true)
    const again = used.map((randomSeed) => planned(tight, { ...asked, randomSeed }))
    expect(again).toEqual(made)
  })

  test('lies in free memory and clear of the others, whatever the seed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), maxLength: 32 }),
        (randomSeed) => {
          const made = planned(smaller, { pins, policy: random, randomSeed })
          const initrd = segment(made, 'initrd')
          const [start, last] = [Number(initrd.mem), Number(initrd.mem) + initrd.memsz - 1]
          const ram = [
            [0x100000, 0x5fffffff],
            [0x64000000, 0xbffdffff],
          ] as const
          expect(ram.some(([first, end]) => first <= start && last <= end)).toBe(true)
          for (const s of made.segments) {
            if (s.kind === 'initrd') continue
            expect(last < Number(s.mem) || start >= Number(s.mem) + s.memsz).toBe(true)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('what is as by default is not in the plan, so that its bytes stay', () => {
  expect(planned(host, { policy: DEFAULT_POLICY }).inputs.policy).toBeUndefined()
  expect(planned(host, { policy: policy({ onBroken: 'strict' }) }).inputs.policy).toEqual({
    on_broken: 'strict',
  })
})

function segment(body: PlanBody, kind: SegmentKind): PlanBody['segments'][number] {
  const found = body.segments.find((s) => s.kind === kind)
  if (!found) throw new Error(`no ${kind}`)
  return found
}

function rest(body: PlanBody): unknown {
  return body.segments.filter((s) => s.kind !== 'kernel').map((s) => [s.kind, s.mem])
}
