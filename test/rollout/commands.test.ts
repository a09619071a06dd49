import { describe, expect, test } from 'vitest'
import { acknowledge, approve, cancel, halt, pause, resume, submit } from '../../src/rollout/commands.ts'
import { decide } from '../../src/rollout/decide.ts'
import { deadlineOf } from '../../src/rollout/deadline.ts'
import type { Lease } from '../../src/rollout/lease.ts'
import { stateOf, type Member, type Rollout, type RolloutState } from '../../src/rollout/rollout.ts'
import { sweep } from '../../src/rollout/sweep.ts'
import { after, minutes, rollout, SPEC, T0, withMember, words } from './world.ts'

const by = { by: 'night-shift', because: 'smoke' }
const drafted: Partial<Rollout> = { phase: 'draft', waveSince: null }
const now = T0 + minutes(10)

describe('the way in', () => {
  test('without approvals a draft starts when it is handed in', () => {
    const draft = rollout({ rollout: drafted })
    const next = after(draft, submit(draft, now)).rollout
    expect([stateOf(next), next.wave, next.waveSince, next.phaseSince]).toEqual(['running', 0, now, now])
  })

  test('four eyes: not the author, not the same person twice, and the last one starts it', () => {
    const draft = rollout({ rollout: drafted, spec: { approvals: 2 } })
    const waiting = after(draft, submit(draft, T0))
    expect(stateOf(waiting.rollout)).toBe('awaiting-approval')
    expect(approve(waiting, 'kernel-team', now)).toEqual({
      ok: false,
      error: { code: 'own-approval', by: 'kernel-team' },
    })
    const one = after(waiting, approve(waiting, 'lead', now))
    expect(stateOf(one.rollout)).toBe('awaiting-approval')
    expect(approve(one, 'lead', now)).toEqual({ ok: false, error: { code: 'approved-already', by: 'lead' } })
    const two = after(one, approve(one, 'storage-team', now))
    expect([stateOf(two.rollout), two.rollout.waveSince]).toEqual(['running', now])
    expect(two.rollout.approvals).toEqual([
      { by: 'lead', at: now },
      { by: 'storage-team', at: now },
    ])
  })
})

type Command = (state: RolloutState) => { readonly ok: boolean } & ReturnType<typeof pause>
const COMMANDS: [name: string, command: Command][] = [
  ['submit', (s) => submit(s, now)],
  ['approve', (s) => approve(s, 'lead', now) as ReturnType<typeof pause>],
  ['pause', (s) => pause(s, 'x', now)],
  ['resume', (s) => resume(s, 'x', now)],
  ['halt', (s) => halt(s, by, now)],
  ['acknowledge', (s) => acknowledge(s, by, now)],
  ['cancel', (s) => cancel(s, by, now)],
]

test('every command in every state: where it leads, or that it is refused', () => {
  const running = rollout()
  const pausedNow = after(running, pause(running, 'x', T0))
  const haltedNow = after(running, halt(running, by, T0))
  const both = after(pausedNow, halt(pausedNow, by, T0))
  const states: [string, RolloutState][] = [
    ['draft', rollout({ rollout: drafted })],
    ['awaiting', rollout({ rollout: { ...drafted, phase: 'awaiting-approval' }, spec: { approvals: 1 } })],
    ['running', running],
    ['paused', pausedNow],
    ['halted', haltedNow],
    ['both', both],
    ['done', rollout({ rollout: { phase: 'done' } })],
    ['cancelled', rollout({ rollout: { phase: 'cancelled' } })],
  ]
  const rows = COMMANDS.map(([name, command]) => {
    const cells = states.map(([, state]) => {
      const result = command(state)
      return result.ok ? stateOf(after(state, result).rollout) : '-'
    })
    return [name, ...cells].join(' ')
  })
  expect(states.map(([name]) => name).join(' ')).toBe(
    'draft awaiting running paused halted both done cancelled',
  )
  expect(rows).toEqual([
    'submit running - - - - - - -',
    'approve - running - - - - - -',
    'pause - - paused - halted halted - -',
    'resume - - - running - - - -',
    'halt - - halted halted - - - -',
    'acknowledge - - - - running paused - -',
    'cancel cancelled cancelled cancelled cancelled cancelled cancelled - -',
  ])
})

describe('a pause', () => {
  const away = withMember(rollout(), 'h1', { state: 'rebooting', fence: 1 })

  test('grants nothing, and its time is given back', () => {
    const held = after(away, pause(away, 'night-shift', T0 + minutes(10)))
    expect(decide(held, 'h2', T0 + minutes(11)).decision.verdict).toBe('wait')
    expect(sweep(held, T0 + minutes(500))).toEqual([])
    const on = after(held, resume(held, 'day-shift', T0 + minutes(500)))
    expect(on.rollout.pauses).toEqual([
      { from: T0 + minutes(10), until: T0 + minutes(500), by: 'night-shift' },
    ])
    expect(deadlineOf(on, on.members[0] as Member, T0 + minutes(500))?.due).toBe(T0 + minutes(505))
    expect(words(sweep(on, T0 + minutes(505) - 1))).toEqual([])
    expect(words(sweep(on, T0 + minutes(505)))).toEqual(['member lose h1'])
  })

  test('a second pause under the brake adds none', () => {
    const once = after(away, pause(away, 'night-shift', T0))
    const under = after(once, halt(once, by, T0 + 1))
    const twice = after(under, pause(under, 'day-shift', T0 + 2))
    expect(twice.rollout.pauses).toHaveLength(1)
  })
})

describe('the brake', () => {
  const spec = { halt: { ...SPEC.halt, failures: { count: 2 } }, maxUnavailable: { count: 3 } }
  const failed = { state: 'failed', outcome: 'failed', failures: 1 } as const
  const bad = withMember(
    withMember(rollout({ spec, hosts: ['h1', 'h2', 'h3', 'h4', 'h5'] }), 'h1', failed),
    'h2',
    failed,
  )
  const stopped = after(bad, sweep(bad, now))

  test('is no pause: resuming does not lift it, and it lifts no pause', () => {
    expect(stateOf(stopped.rollout)).toBe('halted')
    expect(resume(stopped, 'x', now)).toEqual({
      ok: false,
      error: { code: 'illegal-transition', event: 'resume', from: 'halted' },
    })
    const both = after(stopped, pause(stopped, 'night-shift', now))
    expect(stateOf(both.rollout)).toBe('halted')
    const seen = after(both, acknowledge(both, by, now))
    expect([stateOf(seen.rollout), seen.rollout.acknowledgedAt]).toEqual(['paused', now])
  })

  test('acknowledged outcomes do not pull it again; as many new ones do', () => {
    const seen = after(stopped, acknowledge(stopped, by, now))
    expect(sweep(seen, now + minutes(99))).toEqual([])
    const third = withMember(seen, 'h3', failed)
    expect(sweep(third, now)).toEqual([])
    const fourth = withMember(third, 'h4', failed)
    expect(words(sweep(fourth, now))).toEqual(['rollout halt'])
    expect(after(fourth, sweep(fourth, now)).rollout.halt?.hosts).toEqual(['h3', 'h4'])
  })

  test('an acknowledged host that fails again is new', () => {
    const seen = after(stopped, acknowledge(stopped, by, now))
    const again = ['h1', 'h2'].reduce((s, h) => withMember(s, h, { acknowledged: false }), seen)
    expect(words(sweep(again, now))).toEqual(['rollout halt'])
  })
})

test('cancelling cleans up: who waits is out, an unused grant is free, who has jumped is still judged', () => {
  const lease = (holder: string, fence: number): Lease => ({
    ...{ pool: 'default', fence, holder, rollout: 'roll_1' },
    ...{ grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
  })
  let state = rollout({ hosts: ['h1', 'h2', 'h3', 'h4'], pool: { leases: [lease('h2', 1), lease('h3', 2)] } })
  state = withMember(state, 'h2', { state: 'granted', fence: 1 })
  state = withMember(state, 'h3', { state: 'rebooting', fence: 2 })
  state = withMember(state, 'h4', { state: 'landed' })
  const done = cancel(state, by, now)
  expect(done.ok && words(done.value)).toEqual([
    ...['rollout cancel', 'member cancel h1', 'member cancel h2', 'lease release h2'],
  ])
  const next = after(state, done)
  expect(next.members.map((m) => m.state)).toEqual(['cancelled', 'cancelled', 'rebooting', 'landed'])
  expect(next.pool.leases.map((l) => l.holder)).toEqual(['h3'])
  expect(words(sweep(next, T0 + minutes(15)))).toEqual(['member lose h3'])
})

test('cancelling ends a pause, so that deadlines run again', () => {
  const held = after(rollout(), pause(rollout(), 'x', T0))
  expect(after(held, cancel(held, by, now)).rollout.pauses).toEqual([{ from: T0, until: now, by: 'x' }])
})
