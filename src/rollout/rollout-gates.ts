import { freezeAt, nextStart } from './calendar.ts'
import { fail, pass, wait, type Asking, type Said } from './gate.ts'
import { pauseOf, some } from './rollout.ts'
import { openWaves } from './wave.ts'
import { lastClosing, openingAt } from './window.ts'

export function startedGate({ state }: Asking): Said {
  const { phase, phaseSince } = state.rollout
  switch (phase) {
    case 'draft':
      return fail('the rollout is a draft', phaseSince)
    case 'done':
    case 'cancelled':
      return fail(`the rollout is ${phase}`, phaseSince)
    case 'awaiting-approval':
    case 'started':
      return pass('the rollout was handed in', phaseSince)
  }
}

export function approvalGate({ state }: Asking): Said {
  const { phase, phaseSince, approvals } = state.rollout
  const sentence = `${approvals.length} of ${state.spec.approvals} approvals`
  return phase === 'awaiting-approval' ? fail(sentence, phaseSince) : pass(sentence)
}

export function pausedGate({ state }: Asking): Said {
  const pause = pauseOf(state.rollout)
  return pause === null ? pass('nobody has paused the rollout') : fail(`paused by ${pause.by}`, pause.from)
}

export function haltedGate({ state }: Asking): Said {
  const { halt } = state.rollout
  return halt === null ? pass('the brake is off') : fail(halt.sentence, halt.at)
}

export function freezeGate({ state, now }: Asking): Said {
  const freeze = freezeAt(state.spec.freezes, now)
  if (freeze === null) return pass('no freeze')
  return wait(
    `frozen: ${freeze.because}`,
    freeze.from,
    nextStart(state.spec, now, state.offsetAt) ?? freeze.until,
  )
}

export function windowGate({ state, now }: Asking): Said {
  const { spec, offsetAt } = state
  if (spec.windows.length === 0) return pass('it may start at any time')
  const opening = openingAt(spec.windows, now, offsetAt)
  if (opening) return pass('a window is open', opening.from)
  const since = lastClosing(spec.windows, now, offsetAt)
  return wait('no window is open', since, nextStart(spec, now, offsetAt))
}

export function waveGate({ state, member }: Asking): Said {
  const { wave, waveSince } = state.rollout
  if (waveSince === null) return wait('no wave is open yet', null, null)
  if (member.wave <= wave) return pass(`its wave, ${member.wave + 1}, is open`, waveSince)
  const turn = `it goes in wave ${member.wave + 1}`
  const { unsettled } = openWaves(state)
  if (unsettled.length > 0) {
    const names = some(unsettled.map((m) => m.host))
    return wait(`${turn}; wave ${wave + 1} still waits for ${names}`, waveSince, null)
  }
  if (member.wave > wave + 1) return wait(`${turn}; wave ${wave + 1} is open`, waveSince, null)
  return pass(`${turn}, and all before it have settled`, waveSince)
}

export function soakGate({ state, member, now }: Asking): Said {
  const { wave } = state.rollout
  if (member.wave <= wave) return pass('the wave before it was watched long enough')
  const { settledAt, soakedAt } = openWaves(state)
  if (soakedAt === null) return wait(`wave ${wave + 1} has to settle first`, null, null)
  if (soakedAt <= now) return wait('the next wave opens when the rollout goes on', soakedAt, null)
  return wait(`wave ${wave + 1} has settled and is being watched`, settledAt, soakedAt)
}
