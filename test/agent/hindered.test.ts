import { expect, test } from 'vitest'
import { applyPlan, type AgentFailure, type ApplyWith, type HookStage } from '../../src/agent/index.ts'
import { planned } from './planned.ts'

const NAME = 'x86_64-seabios-4g-nokaslr'
const LAST = '2026-03-01T12:00:00.000Z'
const AT = Date.parse(LAST)

type Change = (calls: string[]) => Partial<ApplyWith>

/** Says something from the `nth` time on that it is asked. */
function from<T>(nth: number, otherwise: T, then: T): () => T {
  let asked = 0
  return () => (++asked >= nth ? then : otherwise)
}
const asyncFrom = (nth: number, then: string) => {
  const next = from<string | null>(nth, null, then)
  return async () => next()
}
const hook =
  (which: HookStage): Change =>
  (calls) => ({
    hooks: async (stage) => {
      calls.push(stage)
      const error: AgentFailure = { code: 'hook-failed', detail: `${stage}.d/10-no left with 1: busy` }
      return stage === which ? { ok: false, error } : { ok: true, value: null }
    },
  })

const BEFORE_LOAD: string[] = []
const LOADED = ['load', 'loaded', 'unload']

test.each<[why: string, change: Change, outcome: string, code: string, calls: string[]]>([
  ['the window has closed', () => ({ now: () => AT + 1 }), 'refused', 'too-late', BEFORE_LOAD],
  [
    'it closes before the hooks are through',
    () => ({ now: from(3, AT, AT + 1) }),
    'refused',
    'too-late',
    BEFORE_LOAD,
  ],
  ['it closes while the image is loaded', () => ({ now: from(4, AT, AT + 1) }), 'failed', 'too-late', LOADED],
  [
    'it closes while the jump is announced',
    () => ({ now: from(5, AT, AT + 1) }),
    'failed',
    'too-late',
    LOADED,
  ],
  ['somebody blocks it', () => ({ blocked: async () => 'backup' }), 'refused', 'blocked', BEFORE_LOAD],
  [
    'somebody blocks it when it is loaded',
    () => ({ blocked: asyncFrom(3, 'backup') }),
    'failed',
    'blocked',
    LOADED,
  ],
  [
    'somebody blocks it at the last moment',
    () => ({ blocked: asyncFrom(4, 'backup') }),
    'failed',
    'blocked',
    LOADED,
  ],
  ['a pre-load hook says no', hook('pre-load'), 'refused', 'hook-failed', ['pre-load']],
  [
    'a pre-exec hook says no',
    hook('pre-exec'),
    'failed',
    'hook-failed',
    ['pre-load', 'load', 'loaded', 'pre-exec', 'unload'],
  ],
  ['the agent is to end', () => ({ stopped: () => true }), 'refused', 'stopped', BEFORE_LOAD],
  [
    'the agent is to end when it has loaded',
    () => ({ stopped: from(3, false, true) }),
    'failed',
    'stopped',
    LOADED,
  ],
])('%s: %#', async (_why, change, outcome, code, calls) => {
  const p = await planned(NAME)
  const made: string[] = []
  const { backend } = p.given
  const given: ApplyWith = {
    ...p.given,
    now: () => AT,
    ...change(made),
    backend: {
      load: (image) => (made.push('load'), backend.load(image)),
      unload: () => (made.push('unload'), backend.unload()),
      loaded: () => (made.push('loaded'), backend.loaded()),
      exec: (release) => (made.push('exec'), backend.exec(release)),
      reboot: (mode, entry) => (made.push(mode), backend.reboot(mode, entry)),
    },
  }
  const applied = await applyPlan({ ...p.assignment, not_after: LAST }, given)
  expect(applied).toMatchObject({ outcome, because: { code } })
  expect(made).toEqual(calls)
  expect(await backend.loaded()).toBeNull()
  expect(p.reports.at(-1)).toMatchObject({ phase: outcome, detail: expect.stringContaining(code) })
  expect(await p.given.journal.read()).toMatchObject({ phase: outcome })
})

test('a jump that was announced is carried through although the agent is to end', async () => {
  const p = await planned(NAME)
  expect(await applyPlan(p.assignment, { ...p.given, stopped: from(4, false, true) })).toEqual({
    outcome: 'jumped',
  })
})

test.each<[why: string, now: number, issued: string | undefined, outcome: string]>([
  ['the last moment is in the window', AT, undefined, 'jumped'],
  ['a millisecond later is not', AT + 1, undefined, 'refused'],
  [
    'a clock that is a day ahead does not shut the window',
    AT + 86_400_000,
    '2026-03-01T11:59:00.000Z',
    'jumped',
  ],
  [
    'a clock that is a day behind does not hold it open',
    AT - 86_400_000,
    '2026-03-01T12:00:00.001Z',
    'refused',
  ],
])('%s', async (_why, now, issued_at, outcome) => {
  const p = await planned(NAME)
  const assignment = { ...p.assignment, not_after: LAST, ...(issued_at && { issued_at }) }
  expect(await applyPlan(assignment, { ...p.given, now: () => now })).toMatchObject({ outcome })
})

test('a nonce is good for one plan, whatever the plan', async () => {
  const first = await planned(NAME)
  expect(await applyPlan({ ...first.assignment, nonce: 'n' }, first.given)).toEqual({ outcome: 'jumped' })
  const second = await planned(NAME, { seed: 4 })
  const given = { ...second.given, journal: first.given.journal }
  expect(await applyPlan({ ...second.assignment, nonce: 'n' }, given)).toMatchObject({
    outcome: 'refused',
    because: { code: 'replayed-plan' },
  })
  expect(await applyPlan({ ...second.assignment, nonce: 'm' }, given)).toEqual({ outcome: 'jumped' })
})

test('a jump that the kernel refuses leaves nothing loaded, and is told', async () => {
  const p = await planned(NAME)
  const backend = {
    ...p.given.backend,
    exec: async () => ({
      ok: false as const,
      error: { code: 'bad-entry' as never, where: null, detail: 'EPERM' },
    }),
  }
  expect(await applyPlan(p.assignment, { ...p.given, backend })).toMatchObject({
    outcome: 'failed',
    because: { code: 'did-not-boot' },
  })
  expect(await backend.loaded()).toBeNull()
  expect(p.reports.map((r) => r.phase)).toEqual(['loaded', 'executing', 'failed'])
})
