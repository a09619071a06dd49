import { expect, test } from 'vitest'
import {
  bootGround,
  DEFAULT_POLICY,
  tryBoot,
  type Pin,
  type PinPolicy,
  type Snapshot,
  type TrialBoot,
  type TriedBoot,
} from '../../../src/planner/index.ts'
import { KERNEL, sha256, x86Host } from '../host.ts'

const LOW = '00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n'
const whole = x86Host(`${LOW}100000000-13fffffff : System RAM\n`)
/** The same host in a boot that has no memory above 4 GiB to give. */
const shorn = x86Host(LOW)

function boot(snapshot: Snapshot, hardware = 'h'): TrialBoot {
  return {
    load: {
      snapshot,
      kernel: KERNEL[snapshot.arch],
      initrdSize: 0x1000000,
      cmdline: 'root=/dev/sda1 nokaslr',
      purpose: 'reboot',
      strategy: 'pinned',
      booted: [],
    },
    hardware,
    ground: bootGround(snapshot, []),
  }
}

/** All boots, one after the other. */
function replay(boots: readonly TrialBoot[], policy: Partial<PinPolicy> = {}, rememberBoots = 16) {
  let pins: readonly Pin[] = []
  const tried: TriedBoot[] = []
  boots.forEach((one, n) => {
    const trial = { policy: { ...DEFAULT_POLICY, ...policy }, rememberBoots }
    const end = tryBoot(one, { pins, before: boots.slice(0, n) }, trial, sha256)
    pins = end.pins
    tried.push(end.tried)
  })
  return { tried, pins, verdicts: tried.map((t) => t.verdict) }
}

test('the first boot places, the others keep', () => {
  const { tried, verdicts } = replay([boot(whole), boot(whole), boot(whole)])
  expect(verdicts).toEqual(['places', 'fits', 'fits'])
  expect(tried[1]?.kept).toEqual(tried[0]?.placed)
  expect(tried[1]?.placed).toEqual([])
})

test.each<[why: string, policy: Partial<PinPolicy>, verdicts: string[]]>([
  ['prefer moves once, and the new place holds in all that follow', {}, ['places', 'moves', 'fits', 'fits']],
  [
    'strict refuses, leaves the pins, and has its plan again when the memory is back',
    { onBroken: 'strict' },
    ['places', 'refuses', 'refuses', 'fits'],
  ],
  ['repin makes all anew', { onBroken: 'repin' }, ['places', 'moves', 'fits', 'fits']],
])('where the memory of a pin is gone for two boots, %s', (_why, policy, verdicts) => {
  const boots = [boot(whole), boot(shorn), boot(shorn), boot(whole)]
  expect(replay(boots, policy).verdicts).toEqual(verdicts)
})

test('a boot that was seen before the pins are made keeps them off what is not always there', () => {
  const seen = [boot(shorn), boot(whole)]
  const pins = replay([boot(whole)], {}).pins
  const end = (rememberBoots: number, hardware = 'h') =>
    tryBoot(
      boot(whole),
      { pins: [], before: seen.map((b) => ({ ...b, hardware })) },
      { policy: DEFAULT_POLICY, rememberBoots },
      sha256,
    )
  const above = (of: readonly Pin[]) => of.filter((p) => Number(p.mem) >= 0x100000000).map((p) => p.kind)
  expect(above(pins)).not.toEqual([])
  expect(above(end(2).pins)).toEqual([])
  // The newest go first: with one to remember, the boot without that memory is forgotten.
  expect(above(end(1).pins)).toEqual(above(pins))
  expect(above(end(2, 'another').pins)).toEqual(above(pins))
})

test('what is random is neither kept nor placed, has no pin, and is drawn the same way each time', () => {
  const boots = [boot(whole), boot(whole)]
  const random: Partial<PinPolicy> = { random: ['initrd'] }
  const { tried, pins } = replay(boots, random)
  expect(pins.map((p) => p.kind)).not.toContain('initrd')
  for (const { kept, placed, moves } of tried) {
    expect([...kept, ...placed, ...moves.map((m) => m.kind)]).not.toContain('initrd')
  }
  expect(replay(boots, random)).toEqual({ tried, pins, verdicts: tried.map((t) => t.verdict) })
})
