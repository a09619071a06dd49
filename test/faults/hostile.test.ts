import { afterAll, beforeAll, expect, test } from 'vitest'
import { fitOf } from './hostile/heap.ts'
import { OPERATIONS } from './hostile/operations.ts'
import { runHostile, type HostileRun } from './hostile/run.ts'
import { fillTargets, type Targets } from './hostile/targets.ts'
import { mould, type Mould } from './mould.ts'
import { ASKED, keepTally } from './tally.ts'

const LONG_RUN = 24 * 60 * 60 * 1000
/** Shorter runs say nothing of memory: code is still being compiled, and caches fill. */
const STEADY_INPUTS = 200_000
/** Far more than noise, far less than any leak that a service would notice in a week. Units: bytes an input. */
const MOST_GROWTH = 64

let hosts: Mould<Targets>
beforeAll(async () => {
  hosts = await mould(fillTargets)
}, LONG_RUN)
afterAll(() => hosts.close())

test(
  'no operation answers a hostile request otherwise than the contract says',
  async () => {
    const { seed, perEndpoint, isLong } = ASKED
    const progress = isLong ? (line: string) => console.log(line) : () => {}
    const run = await runHostile(hosts, { seed, perEndpoint, progress })
    const { inputs, seconds, failures, acknowledged } = run
    keepTally({
      ...{ kind: 'hostile', seed, seconds, kills: 0, faults: inputs, requests: inputs, acknowledged },
      ...{ lost: 0, doubleGrants: 0, wrong: failures.reduce((sum, { times }) => sum + times, 0) },
      remarks: remarksOn(run),
    })
    expect(failures.map((one) => ({ seed, ...one }))).toEqual([])
    expect(inputs).toBe(perEndpoint * OPERATIONS.length)
    const fit = fitOf(run.closed)
    if (inputs >= STEADY_INPUTS && fit) expect(fit.slope).toBeLessThan(MOST_GROWTH)
  },
  LONG_RUN,
)

function remarksOn({ statuses, accepted, alive, closed }: HostileRun): string[] {
  const told = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
  const never = [...accepted].flatMap(([id, times]) => (times === 0 ? [id] : []))
  return [
    `answers: ${told.join(', ')}`,
    `operations that accepted nothing: ${never.join(', ') || 'none'}`,
    heapRemark('before each service was closed', alive),
    heapRemark('after it', closed),
  ]
}

function heapRemark(when: string, samples: HostileRun['alive']): string {
  const fit = fitOf(samples)
  if (!fit) return `heap ${when}: too few samples`
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
  const { firstBytes, lastBytes, slope, r2 } = fit
  return `heap ${when}: ${mib(firstBytes)} to ${mib(lastBytes)} MiB in ${samples.length} samples, ${slope.toFixed(2)} bytes an input (r² ${r2.toFixed(2)})`
}
