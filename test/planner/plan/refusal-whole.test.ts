import { describe, expect, test } from 'vitest'
import { hex, STRATEGIES } from '../../../src/planner/index.ts'
import { plan, x86Host } from '../host.ts'

/** None holds the kernel; each differs in why. */
const RANGES = [
  [0x1000, 0x9ffff],
  [0x100000, 0x1ffffff],
  [0x4000000, 0x5ffffff],
] as const

const iomem = RANGES.map(([start, last]) => {
  return `${start.toString(16).padStart(8, '0')}-${last.toString(16).padStart(8, '0')} : System RAM\n`
}).join('')

describe('a refusal names every range, also where the same list was searched before', () => {
  test.each(STRATEGIES)('%s', (strategy) => {
    const made = plan(x86Host(iomem), { strategy })
    if (made.ok || made.error.code !== 'no-hole') throw new Error(JSON.stringify(made))
    expect(made.error.buf.kind).toBe('kernel')
    // What is placed before the kernel cuts its range for kexec-tools: the borders of memory are all there.
    const named = made.error.refusals.map((r) => r.range)
    for (const [start] of RANGES) expect(named.some((r) => r.start === hex(start))).toBe(true)
  })
})
