import { retryAt } from './attempts.ts'
import { deadlineOf, knownDue } from './deadline.ts'
import { fail, pass, wait, type Asking, type Said } from './gate.ts'
import type { Hold } from './rollout.ts'

/** Whether the host has still to go at all. */
export function memberGate({ state, member, now }: Asking): Said {
  const { since, because } = member
  switch (member.state) {
    case 'waiting':
      return pass('it has still to go', since)
    case 'granted':
      return pass('it was granted its reboot', since)
    case 'failed':
      return pass('its last attempt failed', since)
    case 'rebooting': {
      const due = knownDue(state, deadlineOf(state, member, now))
      return wait('it is rebooting; what came of it is judged by its next boot', since, due)
    }
    case 'missing':
      return fail(`it is missing: ${because}`, since)
    case 'landed':
    case 'landed-elsewhere':
    case 'cold-booted':
    case 'skipped':
    case 'cancelled':
      return fail(`nothing is to be done: ${member.state} (${because})`, since)
  }
}

export function quarantineGate({ member }: Asking): Said {
  return heldBy(member.quarantined, 'the host is in quarantine', 'the host is not in quarantine')
}

export function optOutGate({ member }: Asking): Said {
  return heldBy(member.optedOut, 'the host is opted out', 'the host is not opted out')
}

export function attemptsGate({ state, member, now }: Asking): Said {
  const { most } = state.spec.attempts
  const { failures, since, because } = member
  if (member.state !== 'failed') return pass(`${failures} of ${most} attempts have failed`)
  const again = retryAt(member, state.spec.attempts)
  const sentence = `attempt ${failures} of ${most} failed: ${because}`
  if (again === null) return fail(sentence, since)
  return wait(sentence, since, Math.max(again, now))
}

function heldBy(hold: Hold | null, sentence: string, otherwise: string): Said {
  return hold === null ? pass(otherwise) : fail(`${sentence}: ${hold.because}`, hold.since)
}
