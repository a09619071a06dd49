import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bookable, hardwareText, memoryMap, type Pin, type SegmentKind } from '../../../src/planner/index.ts'
import { bootGround } from '../../../src/planner/pin/ground.ts'
import { groupPins, type GroupMember, type GroupPins } from '../../../src/planner/plan/group-pins.ts'
import type { NoCommonGround } from '../../../src/planner/plan/group-refusal.ts'
import { groupPinsText } from '../../../src/planner/plan/group-pins-text.ts'
import { loadCapture } from '../../capture.ts'
import { planned, sha256, x86Host } from '../host.ts'
import { capturedMembers, memberOf, x86Files, x86Member } from './group-hosts.ts'

const MIB = 0x100000
const captured = capturedMembers()

describe('captures of one layout that load the same', () => {
  const keyOf = ({ member, load }: (typeof captured)[number]) =>
    `${hardwareText(member.layout.request.snapshot)} ${load}`
  const several = [...new Set(captured.map(keyOf))]
    .map((key) => captured.filter((c) => keyOf(c) === key).map((c) => c.member))
    .filter((group) => group.length > 1)

  test('are several groups', () => expect(several.length).toBeGreaterThan(5))

  test.each(several.map((group) => [group.map((m) => m.name).join(', '), group] as const))(
    '%s: one address',
    (_names, group) => {
      const pins = found(group)
      holdsOnAll(group, pins)
      expect([pins.hosts, pins.ground.stable >= pins.ground.calm]).toEqual([group.length, true])
    },
  )
})

describe('captures of different size', () => {
  const group = captured
    .filter(({ member, load }) => member.name.startsWith('arm64-uefi') && load === uefi4g())
    .map((c) => c.member)

  test('share an address where the smallest has it', () => {
    expect(group.length).toBeGreaterThan(10)
    holdsOnAll(group, found(group))
  })

  test('and where it has none, the refusal names it, what is missing there, and the place without it', () => {
    const large = group.map(({ name, layout }) => {
      const { kernel, cmdline } = layout.request
      return memberOf(name, loadCapture(name), { kernel, cmdline, initrdSize: 900 * MIB })
    })
    const refusal = refused(large)
    const small = large.filter((m) => /-1g-|-2g/.test(m.name)).map((m) => m.name)
    expect(small).toHaveLength(4)
    expect([refusal.leave_out, refusal.in_the_way.flatMap((w) => w.hosts).sort()]).toEqual([small, small])
    for (const { because } of refusal.in_the_way) expect(because).toMatch(/the kernel takes half/)
    const rest = large.filter((m) => !small.includes(m.name))
    const without = refusal.without_them
    expect(found(rest).pins.map(({ kind, mem, room }) => ({ kind, mem, room }))).toEqual(without?.pins)
    for (const { layout } of large.filter((m) => small.includes(m.name)))
      expect(() => planned(layout.request.snapshot, layout.request)).toThrow(/no-hole|over-half/)
  })
})

const WIDE = [0x1000000, 0x3fffffff] as const
const LOW = [0x1000000, 0x1fffffff] as const
const HIGH = [0x20000000, 0x3fffffff] as const

describe('one host in the way', () => {
  const group = [
    x86Member('a', [WIDE]),
    x86Member('b', [HIGH]),
    x86Member('c', [HIGH]),
    x86Member('d', [LOW]),
  ]

  test('is named, with what holds the place there, the bytes that are missing, and what leaving it out costs', () => {
    const refusal = refused(group)
    expect([refusal.kind, refusal.leave_out]).toEqual(['kernel', ['d']])
    const [bc, d] = refusal.in_the_way
    expect([bc?.hosts, d?.hosts]).toEqual([['b', 'c'], ['d']])
    const pins = found(group.slice(0, 3)).pins
    const kernel = pins.find((p) => p.kind === 'kernel')
    expect(d).toEqual({
      hosts: ['d'],
      because: `the others' kernel at ${kernel?.mem} is not free here: ${span(kernel)} is no System RAM`,
      by: { start: kernel?.mem, last: span(kernel).split('-')[1], why: 'no System RAM' },
      short: kernel?.memsz,
      without_it: {
        pins: pins.map(({ kind, mem, room }) => ({ kind, mem, room })),
        hosts: 3,
        ground: 512 * MIB,
        gained: 512 * MIB,
      },
    })
    expect(refusal.without_them).toEqual(d?.without_it)
  })

  test('counts by its hosts: of two that would each do, the fewer are left out', () => {
    const more = [...group, x86Member('e', [LOW]), x86Member('f', [LOW])]
    expect(refused(more).leave_out).toEqual(['b', 'c'])
  })

  test('is told in words', () => {
    const text = groupPinsText(groupPins(group, [], sha256))
    expect(text).toMatch(
      /^no-common-ground: no place for the kernel is free on all hosts; in the way: b and 2 more\n/,
    )
    expect(text).toMatch(
      /\nd: the others' kernel at 0x[0-9a-f]+ is not free here: .* bytes short\)\n {2}without it:\n/,
    )
    expect(text).toMatch(/\nleave out d:\n {2}3 hosts at purgatory 0x/)
  })
})

test('where no single host is to blame, several are left out together', () => {
  const at = (n: number) => [0x1000000 + n * 0x10000000, 0x1000000 + n * 0x10000000 + 0xfffffff] as const
  const group = [
    ...['a', 'b', 'c'].map((name) => x86Member(name, [at(0)])),
    ...['d', 'e'].map((name) => x86Member(name, [at(1)])),
    x86Member('f', [at(2)]),
  ]
  const refusal = refused(group)
  expect(refusal.leave_out).toEqual(['d', 'e', 'f'])
  expect(refusal.in_the_way.map((w) => [w.hosts, w.without_it])).toEqual([
    [['d', 'e'], null],
    [['f'], null],
  ])
  expect(refusal.without_them?.pins.map((p) => p.mem)).toEqual(
    found(group.slice(0, 3)).pins.map((p) => p.mem),
  )
  expect(groupPinsText(groupPins(group, [], sha256))).toContain('leaving it out alone is not enough')
})

test('a host that cannot load it at all is named with the refusal of its own plan', () => {
  const group = [x86Member('a', [WIDE]), x86Member('b', [[0x100000, 0x1ffffff]]), x86Member('c', [WIDE])]
  const refusal = refused(group)
  expect([refusal.kind, refusal.leave_out]).toEqual([null, ['b']])
  expect(refusal.in_the_way[0]?.because).toMatch(/the kernel takes half/)
  expect(refusal.in_the_way[0]?.without_it?.hosts).toBe(2)
})

test('where nobody can load it, nobody is left', () => {
  const refusal = refused([x86Member('a', [[0x100000, 0x1ffffff]])])
  expect([refusal.leave_out, refusal.without_them]).toEqual([['a'], null])
  expect(groupPinsText(groupPins([x86Member('a', [[0x100000, 0x1ffffff]])], [], sha256))).toContain(
    'nobody is left',
  )
})

test('members of different architecture are refused with their names', () => {
  const mixed = groupPins([x86Member('b', [WIDE]), memberOf('a', loadCapture('arm64-dt-1g'))], [], sha256)
  const detail = 'the members are of different architecture; arm64: a; x86_64: b'
  expect(mixed).toEqual({ ok: false, error: { code: 'arch-mismatch', detail } })
})

describe('pins that are there already', () => {
  const group = [x86Member('a', [WIDE]), x86Member('b', [LOW, [0x30000000, 0x3fffffff]])]
  const pin = (kind: SegmentKind, mem: string): Pin => {
    return { purpose: 'reboot', kind, mem, room: 0x2000000, reason: 'set' }
  }

  test("the group's are kept where they hold on all, and moved where they do not", () => {
    const pins = found(group, [pin('kernel', '0x4000000'), pin('initrd', '0x28000000')]).pins
    const by = Object.fromEntries(pins.map((p) => [p.kind, p]))
    expect(by['kernel']).toMatchObject({ mem: '0x4000000', room: 0x2000000, chosen: 'kept' })
    expect([by['initrd']?.chosen, by['purgatory']?.chosen]).toEqual(['moved', 'new'])
    holdsOnAll(group, found(group, [pin('kernel', '0x4000000'), pin('initrd', '0x28000000')]))
  })

  test("a host's own that differ are told as moves", () => {
    const [a, b] = group as [GroupMember, GroupMember]
    const to = found(group).pins.find((p) => p.kind === 'kernel')?.mem ?? ''
    const own = [
      { ...a, pins: [pin('kernel', '0x4000000')] },
      { ...b, pins: [pin('kernel', to)] },
    ]
    expect(found(own).moves).toEqual([{ host: 'a', kind: 'kernel', from: '0x4000000', to }])
  })
})

test('the room is that of the largest, so that a longer device tree or a larger page fits too', () => {
  const of = (name: string, cmdline: string) => memberOf(name, loadCapture('arm64-dt-1g'), { cmdline })
  const group = [of('a', 'short'), of('b', 'x'.repeat(9000))]
  const dtb = (members: readonly GroupMember[]) => found(members).pins.find((p) => p.kind === 'dtb')
  expect(dtb(group)).toEqual(dtb(group.slice(1)))
  expect(dtb(group)?.memsz).toBeGreaterThan(dtb(group.slice(0, 1))?.memsz ?? Infinity)
})

test("what was not free in any member's earlier boot is avoided by all", () => {
  const history = [bootGround(x86Host('01000000-2fffffff : System RAM\n'), [])]
  const group = [x86Member('a', [WIDE]), x86Member('b', [WIDE], { history })]
  for (const { mem, room } of found(group).pins) expect(Number(mem) + room).toBeLessThanOrEqual(0x30000000)
})

test('segments that policy places at random are in no pin', () => {
  const policy = { onBroken: 'prefer' as const, headroom: {}, random: ['initrd' as const] }
  const group = [x86Member('a', [WIDE], { policy }), x86Member('b', [WIDE], { policy, randomSeed: 'other' })]
  expect(found(group).pins.map((p) => p.kind)).toEqual(['purgatory', 'boot_params', 'kernel'])
})

test('a crash kernel lies in what all have reserved for one', () => {
  const of = (name: string, area: string) => {
    return memberOf(name, x86Files([[0x1000000, 0xbfffffff]], `  ${area} : Crash kernel\n`), {
      purpose: 'crash',
    })
  }
  const group = [of('a', '30000000-3fffffff'), of('b', '38000000-47ffffff')]
  for (const { mem, memsz } of found(group).pins) {
    expect(Number(mem)).toBeGreaterThanOrEqual(0x38000000)
    expect(Number(mem) + memsz).toBeLessThanOrEqual(0x40000000)
  }
  const apart = refused([...group, of('c', '50000000-5fffffff')])
  expect(apart.in_the_way[0]?.because).toMatch(/is not within the crash kernel's reservation$/)
})

test('1,000 hosts of three layouts are planned as often as three hosts', () => {
  const layouts = [[WIDE], [LOW], [HIGH]].map((ram, i) => x86Member(`h${i}`, ram).layout)
  const host = (i: number): GroupMember => {
    return { name: `h${String(i).padStart(4, '0')}`, layout: layouts[i % 3] as never, pins: [] }
  }
  const plansOf = (members: readonly GroupMember[]) => {
    let plans = 0
    // Each plan hashes the kernel's head; what a snapshot has in memory is hashed once for all of its plans.
    const counting = (content: string | Uint8Array) => {
      if (typeof content !== 'string') plans++
      return sha256(content)
    }
    const made = groupPins(members, [], counting)
    return { plans, made }
  }
  const few = plansOf([0, 1, 2].map(host))
  const many = plansOf(Array.from({ length: 1000 }, (_, i) => host(i)))
  expect(many.plans).toBe(few.plans)
  expect(many.made).toMatchObject({ ok: false, error: { code: 'no-common-ground' } })
})

test('the order of the members does not matter', () => {
  const groups = [
    captured.filter((c) => c.load === uefi4g()).map((c) => c.member),
    [x86Member('a', [WIDE]), x86Member('b', [HIGH]), x86Member('c', [LOW]), x86Member('d', [HIGH])],
  ].map((g) => g.filter((m) => m.layout.request.snapshot.arch === g[0]?.layout.request.snapshot.arch))
  for (const group of groups) {
    const inOrder = groupPins(group, [], sha256)
    fc.assert(
      fc.property(fc.shuffledSubarray(group, { minLength: group.length }), (shuffled) => {
        expect(groupPins(shuffled, [], sha256)).toEqual(inOrder)
      }),
      { numRuns: 20 },
    )
  }
})

const STEP = 0x200000
const BASE = 0x1000000
/** Free stretches in steps of the kernel's alignment; the map of a host that is made up. */
const stretches = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 12 }), steps: fc.integer({ min: 8, max: 60 }) }),
  { minLength: 1, maxLength: 5 },
)

test('over made-up hosts: what is found is free on all, and no kernel is refused that brute force finds a place for', () => {
  const seen = { found: 0, refused: 0 }
  fc.assert(
    fc.property(fc.array(stretches, { minLength: 1, maxLength: 4 }), (hosts) => {
      const maps = hosts.map(laidOut)
      const group = maps.map((ram, i) => x86Member(`h${i}`, ram, { initrdSize: 4 * MIB }))
      const made = groupPins(group, [], sha256)
      const free = (at: number, bytes: number) =>
        maps.every((ram) => ram.some(([start, last]) => start <= at && at + bytes - 1 <= last))
      if (made.ok) {
        seen.found++
        for (const { kind, mem, memsz } of made.value.pins)
          if (!free(Number(mem), memsz)) throw new Error(`${kind} at ${mem} is not free on all`)
        return
      }
      seen.refused++
      if (made.error.code !== 'no-common-ground' || made.error.kind !== 'kernel') return
      const memsz = kernelBytes
      for (let at = BASE; at < 0x80000000; at += STEP)
        if (free(at, memsz)) throw new Error(`the kernel could lie at 0x${at.toString(16)}`)
    }),
    { numRuns: 300 },
  )
  expect(Math.min(seen.found, seen.refused)).toBeGreaterThan(20)
})

const kernelBytes = planned(x86Host('01000000-3fffffff : System RAM\n')).segments.find(
  (s) => s.kind === 'kernel',
)?.memsz as number

function laidOut(parts: readonly { gap: number; steps: number }[]): [number, number][] {
  let at = BASE
  return parts.map(({ gap, steps }) => {
    const start = at + gap * STEP
    at = start + steps * STEP
    return [start, at - 1]
  })
}

/** Every segment of every member's own plan stays where the group has it, on ground that is its own today. */
function holdsOnAll(group: readonly GroupMember[], { pins, purpose }: GroupPins): void {
  const wanted = pins.map((p): Pin => ({ purpose, kind: p.kind, mem: p.mem, room: p.room, reason: 'group' }))
  for (const { name, layout } of group) {
    const { snapshot } = layout.request
    const body = planned(snapshot, { ...layout.request, pins: wanted })
    expect([name, body.segments.map((s) => s.mem)]).toEqual([
      name,
      body.segments.map((s) => pins.find((p) => p.kind === s.kind)?.mem),
    ])
    const free = bookable(memoryMap(snapshot), 'strict')
    for (const { mem, memsz } of body.segments)
      expect(free.some((r) => r.start <= Number(mem) && Number(mem) + memsz - 1 <= r.last)).toBe(true)
  }
}

function found(group: readonly GroupMember[], start: readonly Pin[] = []): GroupPins {
  const made = groupPins(group, start, sha256)
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value
}

function refused(group: readonly GroupMember[]): NoCommonGround {
  const made = groupPins(group, [], sha256)
  if (made.ok || made.error.code !== 'no-common-ground') throw new Error(JSON.stringify(made))
  return made.error
}

function span(pin: { mem: string; memsz: number } | undefined): string {
  if (!pin) throw new Error('no pin')
  return `${pin.mem}-0x${(Number(pin.mem) + pin.memsz - 1).toString(16)}`
}

/** The load that most UEFI captures made. */
function uefi4g(): string {
  return captured.find((c) => c.member.name === 'arm64-uefi-acpi-4g-boot1')?.load ?? ''
}
