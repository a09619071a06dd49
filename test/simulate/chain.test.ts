import { expect, test } from 'vitest'
import { demoHosts } from '../../src/cli/demo/demo-hosts.ts'
import { hex, type PlanBody } from '../../src/planner/index.ts'
import type { ChainOptions } from '../../src/simulate/chain.ts'
import { RATES } from '../../src/simulate/rates.ts'
import { simulateHost } from '../../src/simulate/simulate-host.ts'
import type { Tally } from '../../src/simulate/tally.ts'
import { HOSTS } from '../capture.ts'

const HOST = demoHosts(HOSTS).find((h) => h.name === 'arm64-uefi-acpi-2g-exec')

/** The pinned chain of one host whose plans somebody changes on the way to the machine. */
function pinned(tamper: ChainOptions['tamper'], rates = RATES): Tally {
  if (!HOST) throw new Error('no such capture')
  const result = simulateHost(HOST, { seed: 1, boots: 6, rates, ...(tamper ? { tamper } : {}) })
  return result.tallies.find((t) => t.strategy === 'pinned') as Tally
}

function withKernelAt(plan: PlanBody, mem: number): PlanBody {
  const segments = plan.segments.map((s) => (s.kind === 'kernel' ? { ...s, mem: hex(mem) } : s))
  return { ...plan, entry: hex(mem), segments }
}

test('untouched, nothing is counted', () => {
  const { moves, violations, refusals } = pinned(undefined)
  expect({ moves, violations, refusals }).toEqual({ moves: 0, violations: 0, refusals: 0 })
})

test.each<[why: string, tamper: NonNullable<ChainOptions['tamper']>, code: RegExp]>([
  [
    'a kernel over what firmware keeps',
    (plan, { canaries }) => withKernelAt(plan, canaries.at(-1)?.range.start ?? 0),
    /guarded-overlap|protected-damaged|outside-usable-memory/,
  ],
  [
    'a kernel over the initrd',
    (plan) => withKernelAt(plan, Number(plan.segments.find((s) => s.kind === 'initrd')?.mem)),
    /segments-overlap/,
  ],
  ['a kernel off a page', (plan) => withKernelAt(plan, Number(plan.entry) + 1), /misaligned/],
  ['a kernel where there is no RAM', (plan) => withKernelAt(plan, 0x1000000), /outside-usable-memory/],
])('%s is a violation', (_why, wrong, code) => {
  const tally = pinned((plan, machine, boot) => (boot === 3 ? wrong(plan, machine, boot) : plan))
  expect(tally.violations).toBe(1)
  expect(tally.shown.violations[0]?.boot).toBe(3)
  expect(tally.shown.violations[0]?.code).toMatch(code)
})

test.each<[why: string, boot: number, field: 'moves_at_second' | 'moves_unexplained', want: number]>([
  ['at the second boot is counted apart', 2, 'moves_at_second', 1],
  ['at a later boot is unexplained', 4, 'moves_unexplained', 1],
])('a moved pin %s', (_why, at, field, want) => {
  const tally = pinned((plan, _machine, boot) =>
    boot >= at ? withKernelAt(plan, Number(plan.entry) + 0x200000) : plan,
  )
  expect(tally[field]).toBeGreaterThanOrEqual(want)
  expect(tally.moves).toBeGreaterThanOrEqual(1)
  expect(tally.distinct_kernel_addresses).toBeGreaterThanOrEqual(2)
})

test('a move on other firmware is neither', () => {
  const always = { ...RATES, boot_by_firmware: 1, firmware_change: 1 }
  const tally = pinned((plan, _machine, boot) => withKernelAt(plan, 0x80000000 + boot * 0x200000), always)
  expect(tally.firmware_changes).toBe(5)
  expect(tally.moves_with_firmware).toBe(5)
  expect(tally.moves_unexplained + tally.moves_at_second).toBe(0)
})
