import { describe, expect, test } from 'vitest'
import {
  DEFAULT_POLICY,
  pinsOf,
  readKernelImage,
  sizedImage,
  whatIf,
  type ArchName,
  type Pin,
  type PlanRequest,
  type Snapshot,
} from '../../../src/planner/index.ts'
import { captureNames, loadCapture } from '../../capture.ts'
import { KERNEL, plan, planned, sha256, snapshotOf, x86Host } from '../host.ts'

const MIB = 0x100000
const RAM = '00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n'
const host = x86Host(`${RAM}100000000-13fffffff : System RAM\n`)
const pins = pinsOf(planned(host), [])

function asked(snapshot: Snapshot, change: Partial<PlanRequest> = {}): PlanRequest {
  return {
    snapshot,
    kernel: KERNEL[snapshot.arch],
    initrdSize: 0x1000000,
    cmdline: 'root=/dev/sda1 nokaslr',
    purpose: 'reboot',
    strategy: 'pinned',
    pins: [],
    booted: [],
    ...change,
  }
}

function pin(kind: Pin['kind']): Pin {
  const found = pins.find((p) => p.kind === kind)
  if (!found) throw new Error(`no pin of the ${kind}`)
  return found
}

describe('what a host would make of an image', () => {
  test('no pins yet: it would get these', () => {
    const answer = whatIf(asked(host), sha256)
    expect([answer.verdict, answer.moves, answer.refusal]).toEqual(['places', [], null])
    expect(answer.segments.map((s) => [s.kind, s.mem])).toEqual(
      planned(host).segments.map((s) => [s.kind, s.mem]),
    )
  })

  test('pins for another purpose are none', () => {
    const crash = pins.map((p): Pin => ({ ...p, purpose: 'crash' }))
    expect(whatIf(asked(host, { pins: crash }), sha256).verdict).toBe('places')
  })

  test('every pin holds', () => {
    const answer = whatIf(asked(host, { pins }), sha256)
    expect([answer.verdict, answer.moves]).toEqual(['fits', []])
    expect(answer.segments.every((s) => s.chosen === 'kept-pin')).toBe(true)
  })

  test.each<[why: string, bytes: number, verdict: string]>([
    ['an initrd as large as the room of its pin', 0, 'fits'],
    ['one page more, and the next pin lies behind it', 0x1000, 'moves'],
    ['larger than anything', 0xb0000000, 'refuses'],
  ])('%s', (_why, more, verdict) => {
    const { room } = pin('initrd')
    expect(whatIf(asked(host, { pins, initrdSize: room + more }), sha256).verdict).toBe(verdict)
  })

  test('a pin would have to move: from, to and why', () => {
    const gone = x86Host(RAM)
    const above = pins.map((p) => (p.kind === 'initrd' ? { ...p, mem: '0x120000000' } : p))
    const answer = whatIf(asked(gone, { pins: above }), sha256)
    const moved = answer.moves.find((m) => m.kind === 'initrd')
    expect(answer.verdict).toBe('moves')
    expect(moved).toMatchObject({
      from: '0x120000000',
      because: expect.stringMatching(/not free on this boot/),
    })
    expect(moved?.to).toBe(answer.segments.find((s) => s.kind === 'initrd')?.mem)
    for (const { kind, from, to } of answer.moves) {
      expect([kind, from]).toEqual([kind, above.find((p) => p.kind === kind)?.mem])
      expect(to).not.toBe(from)
    }
  })

  test('under strict it refuses, with the pin, what is in its way, and the nearest place', () => {
    const above = pins.map((p) => (p.kind === 'initrd' ? { ...p, mem: '0x120000000' } : p))
    const onBroken = { ...DEFAULT_POLICY, onBroken: 'strict' as const }
    const moved = whatIf(asked(x86Host(RAM), { pins: above }), sha256)
    const kind = moved.moves[0]?.kind
    const strict = whatIf(asked(x86Host(RAM), { pins: above, policy: onBroken }), sha256)
    expect(strict).toMatchObject({ verdict: 'refuses', segments: [], moves: [] })
    expect(strict.refusal).toMatchObject({
      code: 'pin-broken',
      kind,
      short_by: null,
      pin: { kind, mem: moved.moves[0]?.from },
      nearest: { mem: moved.moves[0]?.to },
    })
  })

  test('under repin all of them are made anew', () => {
    const above = pins.map((p) => (p.kind === 'initrd' ? { ...p, mem: '0x120000000' } : p))
    const policy = { ...DEFAULT_POLICY, onBroken: 'repin' as const }
    const answer = whatIf(asked(x86Host(RAM), { pins: above, policy }), sha256)
    expect(answer.verdict).toBe('moves')
    expect(answer.segments.every((s) => s.chosen === 'repinned')).toBe(true)
  })

  test('what policy places at random does not move', () => {
    const policy = { ...DEFAULT_POLICY, random: ['initrd' as const] }
    const answer = whatIf(asked(host, { pins, policy, randomSeed: 'a' }), sha256)
    expect(answer.segments.find((s) => s.kind === 'initrd')?.chosen).toBe('random')
    expect(answer.verdict).toBe('fits')
  })
})

describe('a refusal', () => {
  const PIECE = 0x10000000
  const pieces = x86Host(
    Array.from({ length: 8 }, (_, i) => (2 * i + 1) * PIECE)
      .map((at) => `${at.toString(16).padStart(8, '0')}-${(at + PIECE - 1).toString(16)} : System RAM\n`)
      .join(''),
  )

  test('tells the bytes short: exactly so many less do fit, and one page more does not', () => {
    const tooLarge = PIECE + 0x5000
    const { refusal } = whatIf(asked(pieces, { initrdSize: tooLarge }), sha256)
    expect(refusal).toMatchObject({ code: 'no-hole', kind: 'initrd' })
    const short = refusal?.short_by ?? 0
    expect(short).toBeGreaterThan(0)
    expect(plan(pieces, { initrdSize: tooLarge - short }).ok).toBe(true)
    expect(plan(pieces, { initrdSize: tooLarge - short + 0x1000 }).ok).toBe(false)
    expect(refusal?.change).toMatchObject({ code: 'smaller-initrd', less: short })
  })

  test('leaves out what would make it fit where nobody asks for that', () => {
    const { refusal } = whatIf(asked(pieces, { initrdSize: 2 * PIECE }), sha256, { change: false })
    expect(refusal).not.toHaveProperty('change')
    expect(refusal?.short_by).toBeGreaterThan(0)
  })

  test.each<[why: string, change: Partial<PlanRequest>, code: string]>([
    ['for another architecture', { arch: 'arm64' }, 'arch-mismatch'],
    ['no reservation for a crash kernel', { purpose: 'crash' }, 'no-crashkernel'],
    ['more than any loader reads', { initrdSize: 2 ** 32 }, 'initrd-too-large'],
    ['no kernel', { kernel: { head: new Uint8Array(4096), size: 8 * MIB } }, 'kernel-unknown'],
  ])('%s', (_why, change, code) => {
    const { verdict, refusal } = whatIf(asked(host, change), sha256)
    expect([verdict, refusal?.code, refusal?.kind, refusal?.short_by]).toEqual(['refuses', code, null, null])
  })

  test.each(captureNames())('%s: is one exactly where there is no plan', (name) => {
    const snapshot = snapshotOf(loadCapture(name))
    for (const initrdSize of [16 * MIB, 512 * MIB]) {
      const { verdict, refusal } = whatIf(asked(snapshot, { initrdSize }), sha256, { change: false })
      const made = plan(snapshot, { initrdSize })
      expect(verdict).toBe(made.ok ? 'places' : 'refuses')
      if (!made.ok) expect(refusal?.code).toBe(made.error.code)
      if (refusal?.code === 'no-hole') expect(refusal.short_by).toBeGreaterThan(0)
    }
  })
})

describe('an image of which only sizes are known', () => {
  test.each<
    [why: string, arch: ArchName, memsz: number | undefined, field: string, want: number, assumed: number]
  >([
    ['arm64, with what it needs', 'arm64', 40 * MIB, 'imageSize', 40 * MIB, 1],
    ['arm64, without', 'arm64', undefined, 'imageSize', 36 * MIB, 2],
    ['x86_64, with what it needs', 'x86_64', 40 * MIB, 'initSize', 40 * MIB, 2],
    ['x86_64, without', 'x86_64', undefined, 'initSize', 272 * MIB, 3],
  ])('%s', (_why, arch, memsz, field, want, assumed) => {
    const image = sizedImage({ arch, size: 32 * MIB, memsz })
    const read = readKernelImage(arch, image.head, 32 * MIB)
    expect(read).toMatchObject({ ok: true, value: { arch, fileSize: 32 * MIB, [field]: want } })
    expect(image.assumed).toHaveLength(assumed)
  })

  test('x86_64: with another alignment, which then is no assumption', () => {
    const image = sizedImage({ arch: 'x86_64', size: MIB, memsz: 4 * MIB, align: 16 * MIB })
    const read = readKernelImage('x86_64', image.head, MIB)
    expect(read).toMatchObject({ ok: true, value: { kernelAlignment: 16 * MIB } })
    expect(image.assumed).toHaveLength(1)
  })

  test('the largest kernel of all can still be told', () => {
    const image = sizedImage({ arch: 'x86_64', size: 2 ** 31 })
    expect(readKernelImage('x86_64', image.head, 2 ** 31).ok).toBe(true)
  })
})
