import { expect, test } from 'vitest'
import {
  MEMBER_EVENTS,
  MEMBER_STATES,
  memberAfter,
  ROLLOUT_EVENTS,
  ROLLOUT_STATES,
  rolloutAfter,
} from '../../src/rollout/transitions.ts'

/** Every pair, the illegal ones as well: whoever changes the table changes this. */
test('what each event makes of a host in each state', () => {
  const rows = MEMBER_EVENTS.map((event) => {
    const cells = MEMBER_STATES.map((from) => {
      const to = memberAfter(event, from)
      return to.ok ? to.value : '-'
    })
    return [event, ...cells].join(' ')
  })
  expect([['event', ...MEMBER_STATES].join(' '), ...rows]).toEqual([
    'event waiting granted rebooting landed landed-elsewhere cold-booted failed missing rolling-back rolled-back skipped cancelled',
    'grant granted - - - - - - - rolling-back - - -',
    'start - rebooting - - - - - - rebooting - - -',
    'hand-back - waiting - - - - - - rolling-back - - -',
    'lapse - waiting - - - - - - rolling-back - - -',
    'land - landed landed - - - - landed - - - -',
    'land-elsewhere - landed-elsewhere landed-elsewhere - - - - landed-elsewhere - - - -',
    'cold-boot - cold-booted cold-booted - - - - cold-booted - - - -',
    'fail - failed failed - - - - failed failed - - -',
    'retry - - - - - - waiting - - - - -',
    'fall-back - - - - rolling-back rolling-back rolling-back rolling-back - - - -',
    'roll-back - - rolled-back - rolled-back rolled-back rolled-back rolled-back rolled-back - - -',
    'lose missing missing missing - - - - - missing - - -',
    'return - - - - - - - waiting - - - -',
    'skip skipped skipped - - - - skipped skipped skipped - - -',
    'delete skipped skipped skipped - - - skipped skipped skipped - - -',
    'cancel cancelled cancelled - - - - - - cancelled - - -',
  ])
})

test('what each event makes of a rollout in each state', () => {
  const rows = ROLLOUT_EVENTS.map((event) => {
    const cells = ROLLOUT_STATES.map((from) => {
      const to = rolloutAfter(event, from)
      return to.ok ? to.value.join('/') : '-'
    })
    return [event, ...cells].join(' ')
  })
  expect([['event', ...ROLLOUT_STATES].join(' '), ...rows]).toEqual([
    'event draft awaiting-approval running paused halted done cancelled',
    'submit awaiting-approval/running - - - - - -',
    'approve - awaiting-approval/running - - - - -',
    'pause - - paused - halted - -',
    'resume - - - running - - -',
    'halt - - halted halted - - -',
    'acknowledge - - - - running/paused - -',
    'advance - - running - - - -',
    'finish - - done - - - -',
    'cancel cancelled cancelled cancelled cancelled cancelled - -',
  ])
})

test('a step that is not in the table is refused with what was tried', () => {
  expect(memberAfter('start', 'landed')).toEqual({
    ok: false,
    error: { code: 'illegal-transition', event: 'start', from: 'landed' },
  })
  expect(rolloutAfter('resume', 'halted')).toEqual({
    ok: false,
    error: { code: 'illegal-transition', event: 'resume', from: 'halted' },
  })
})
