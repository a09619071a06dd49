import { expect, test } from 'vitest'
import { applyPlan } from '../../src/agent/index.ts'
import { judgeLanding, pinsOf, rangeOfSize, type PlanBody } from '../../src/planner/index.ts'
import { captureNames } from '../capture.ts'
import { assignmentOf, bootEntryFor, planFor, planned, snapshotOf } from './planned.ts'

const BOOTS = 3
const bootable = captureNames().filter((name) => bootEntryFor(name, '') !== null)

test('there are captures to boot', () => {
  expect(bootable.length).toBeGreaterThan(50)
})

test.each(bootable)('%s lands where it was pinned, boot after boot', async (name) => {
  const p = await planned(name)
  const places: string[][] = []
  let before: PlanBody | null = null
  for (let boot = 0; boot < BOOTS; boot++) {
    const body = planFor(await snapshotOf(p.host), p.entry, before ? followUp(before) : {})
    expect(await applyPlan(assignmentOf(body, p.entry), p.given)).toEqual({ outcome: 'jumped' })
    const landing = judgeLanding(body, await snapshotOf(p.host), p.entry.version)
    expect(landing).toMatchObject({ verdict: 'landed', certainty: 'exact' })
    places.push([landing.kernel_code ?? '', ...body.segments.map((s) => s.mem)])
    before = body
  }
  expect(new Set(places.map(String)).size).toBe(1)
})

/** What a service remembers of the plan before: its pins, and what it booted. */
function followUp(before: PlanBody) {
  return {
    pins: pinsOf(before, []),
    booted: before.segments.map((s) => rangeOfSize(Number(s.mem), s.memsz)),
  }
}
