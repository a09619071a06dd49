import { expect, test } from 'vitest'
import { planLoad, type PlanRequest, type Snapshot } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { KERNEL, sha256, snapshotOf } from '../host.ts'

/** A snapshot that counts how often somebody looks at one of its lists. */
function counting<Field extends keyof Snapshot>(snapshot: Snapshot, field: Field) {
  let reads = 0
  const watched = Object.defineProperty({ ...snapshot }, field, {
    get: () => {
      reads++
      return snapshot[field]
    },
  })
  return { snapshot: watched, reads: () => reads }
}

const arm64 = snapshotOf(loadCapture('arm64-dt-1g'))
/** Larger than the host: some 20 plans, until the largest initrd that fits is found. */
const TOO_LARGE = 0x60000000

function asked(snapshot: Snapshot, more: Partial<PlanRequest> = {}): PlanRequest {
  return {
    snapshot,
    kernel: KERNEL[snapshot.arch],
    initrdSize: 0x1000000,
    cmdline: 'root=/dev/vda1',
    purpose: 'reboot',
    strategy: 'kexec_file',
    pins: [],
    booted: [],
    ...more,
  }
}

test.each<[why: string, requests: readonly Partial<PlanRequest>[]]>([
  ['one plan', [{}]],
  ['a refusal that looks for the change that helps', [{ initrdSize: TOO_LARGE }]],
  ['the same host by each strategy', [{}, { strategy: 'kexec_tools' }, { strategy: 'pinned' }]],
])('%s: memory is sorted and hashed once', (_why, requests) => {
  const { snapshot, reads } = counting(arm64, 'efiRuntimeMap')
  let plans = 0
  let texts = 0
  for (const more of requests) {
    planLoad(asked(snapshot, more), (content) => {
      if (typeof content === 'string') texts++
      else plans++
      return sha256(content)
    })
  }
  expect(plans).toBeGreaterThanOrEqual(requests.length)
  // Once for the map, once for the canonical text.
  expect({ texts, reads: reads() }).toEqual({ texts: 1, reads: 2 })
})

test('a pinned refusal works its grounds out once, however many plans it takes', () => {
  let plans = 0
  let reads = 0
  const history = [
    Object.defineProperty({ strict: [], volatile: [] }, 'strict', {
      get: () => {
        reads++
        return []
      },
    }),
  ]
  const request = asked(arm64, { strategy: 'pinned', initrdSize: TOO_LARGE, history })
  const made = planLoad(request, (content) => {
    if (typeof content !== 'string') plans++
    return sha256(content)
  })
  expect(made).toMatchObject({ ok: false, error: { change: { code: 'smaller-initrd' } } })
  expect(plans).toBeGreaterThan(5)
  // Calm and stable ground, and the digest of the boots in each plan that was made.
  expect(reads - plans).toBe(2)
})

test('another snapshot with the same content is worked out anew: nothing is kept by what it says', () => {
  const [one, other] = [counting(arm64, 'efiRuntimeMap'), counting(arm64, 'efiRuntimeMap')]
  for (const { snapshot } of [one, other]) planLoad(asked(snapshot), sha256)
  expect([one.reads(), other.reads()]).toEqual([2, 2])
})
