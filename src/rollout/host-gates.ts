import { retryAt } from './attempts.ts'
import { deadlineOf, knownDue } from './deadline.ts'
import { fail, pass, wait, type Asking, type Said } from './gate.ts'
import { hasGrant, standingPauseOf, type Hold, type StandingPause } from './rollout.ts'

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
    case 'rolling-back':
      return pass(`it is to go back to ${member.fallback}`, since)
    case 'rebooting': {
      const held = standingPauseOf(member, now) !== null
      const due = held ? null : knownDue(state, deadlineOf(state, member, now))
      const how = `it is rebooting by ${member.mode}`
      return wait(`${how}; what came of it is judged by its next boot`, since, due)
    }
    case 'missing':
      return fail(`it is missing: ${because}`, since)
    case 'landed':
    case 'landed-elsewhere':
    case 'cold-booted':
    case 'rolled-back':
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

export function standingPauseGate({ member, now }: Asking): Said {
  return standingPauseSaid(standingPauseOf(member, now))
}

export function standingPauseSaid(pause: StandingPause | null): Said {
  if (pause === null) return pass('neither its group nor the fleet is paused')
  const what = pause.scope === 'fleet' ? 'the fleet' : pause.scope.replace(':', ' ')
  const sentence = `${what} is paused by ${pause.by}: ${pause.because}`
  return pause.until === null ? fail(sentence, pause.from) : wait(sentence, pause.from, pause.until)
}

export function preflightGate({ member }: Asking): Said {
  // Who was granted a reboot through firmware loads nothing, whatever another grant would be by now.
  if (hasGrant(member) && member.mode !== 'kexec') return pass(`it goes by ${member.mode}: nothing is loaded`)
  return preflightSaid(member.preflight)
}

export function preflightSaid(hold: Hold | null): Said {
  return heldBy(
    hold,
    'its kernel would refuse the load',
    'nothing is known that its kernel would refuse a load for',
  )
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
