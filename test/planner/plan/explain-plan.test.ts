import { describe, expect, test } from 'vitest'
import { explainPlan, explanationText, type StrategyName } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { sha256, snapshotOf } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

function explained(load: TrueLoad, strategy: StrategyName) {
  return explainPlan(
    {
      snapshot: snapshotOf(loadCapture(load.capture)),
      kernel: { head: load.header, size: load.kernelSize },
      initrdSize: load.initrdSize,
      cmdline: load.cmdline,
      purpose: load.purpose,
      strategy,
      pins: [],
      booted: [],
    },
    sha256,
  )
}

const loads = trueLoads()

describe.each<StrategyName>(['kexec_file', 'kexec_tools', 'pinned'])('%s', (strategy) => {
  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s: each search that found a place chose one range, and each range refused has a reason',
    (_name, load) => {
      const { steps, plan } = explained(load, strategy)
      const kept = steps.filter((s) => !s.forgotten)
      if (plan) expect(kept.map((s) => s.kind)).toEqual(plan.segments.map((s) => s.kind))
      for (const step of steps) {
        const last = step.walks.at(-1)
        const chosen = last?.ranges.filter((r) => r.verdict === 'chosen') ?? []
        expect(chosen.map((r) => r.mem)).toEqual(step.mem === null ? [] : [step.mem])
        for (const r of step.walks.flatMap((w) => w.ranges)) {
          if (r.verdict !== 'refused') continue
          expect(r.because).toBeTypeOf('string')
          if (r.because === 'taken') expect(r.by).toBeDefined()
          if (r.because === 'too-small') expect(r.short).toBeGreaterThan(0)
          if (r.short !== undefined) expect(r.between).toBeDefined()
        }
      }
    },
  )
})

test('the text names the range, the bytes missing, and what is in the way', () => {
  const load = loads.find((l) => l.capture === 'arm64-dt-1g' && l.tag === 'kexec_file') as TrueLoad
  const text = explanationText(explained(load, 'kexec_file'))
  expect(text).toMatch(/^kernel: 0x40a00000 /m)
  expect(text).toMatch(
    /refused: (too-small|no-aligned-hole), \d+ bytes short, between .+ and the running kernel$/m,
  )
  expect(text).toMatch(/ chosen: 0x40a00000$/m)
})

test('a refusal ends with what would make it fit', () => {
  const load = loads.find((l) => l.error !== null && l.initrdSize) as TrueLoad
  const { plan, failure, steps } = explained(load, 'kexec_file')
  expect([plan, failure?.code, steps.at(-1)?.mem]).toEqual([null, 'no-hole', null])
  expect(explanationText({ plan, failure, steps }).trimEnd()).toMatch(
    /would fit\.|would make it fit\.|on top\.$/,
  )
})
