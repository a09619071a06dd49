import { describe, expect, test } from 'vitest'
import { PROBLEM_CODES } from '../../src/wire/problem-code.ts'
import { documented, seen, seenCodes } from './api.ts'
import './cases/every-route.ts'
import './cases/roles.ts'
import './cases/client-certificates.ts'
import './cases/hosts.ts'
import './cases/keys.ts'
import './cases/sessions.ts'
import './cases/paths.ts'
import './cases/snapshots.ts'
import './cases/bulk-snapshots.ts'
import './cases/diffs.ts'
import './cases/plans.ts'
import './cases/placements.ts'
import './cases/pictures.ts'
import './cases/what-if.ts'
import './cases/room.ts'
import './cases/pins.ts'
import './cases/pauses.ts'
import './cases/policies.ts'
import './cases/policy-trials.ts'
import './cases/signing.ts'
import './cases/groups.ts'
import './cases/calibrations.ts'
import './cases/exceptions.ts'
import './cases/agent.ts'
import './cases/rollouts.ts'
import './cases/reboot-ways.ts'
import './cases/leases.ts'
import './cases/fleetlock.ts'
import './cases/explain.ts'
import './cases/fleet.ts'
import './cases/events.ts'
import './cases/webhooks.ts'
import './cases/metrics.ts'
import './cases/durations.ts'
import './cases/rollout-timeline.ts'
import './cases/load-refused.ts'
import './cases/deny-model.ts'
import './cases/examples.ts'

const EARLY = 'comes before any route: test/http/listener/limits.test.ts'

/** What no request of the contract can bring about, and why. */
const OUT_OF_REACH: Record<string, string> = {
  'malformed-request': EARLY,
  'request-timeout': EARLY,
  'headers-too-large': EARLY,
  'url-too-long': EARLY,
  'initrd-too-far': 'takes a host whose RAM lies further apart than any capture has it',
}

describe('the contract', () => {
  test('every documented answer of every operation was given by some test', () => {
    expect(documented.filter((answer) => !seen.has(answer))).toEqual([])
  })

  test('every problem was met, but for those that no request can bring about', () => {
    const unmet: string[] = PROBLEM_CODES.filter((code) => !seenCodes.has(code))
    expect(unmet.sort()).toEqual(Object.keys(OUT_OF_REACH).sort())
  })
})
