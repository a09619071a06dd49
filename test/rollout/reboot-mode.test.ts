import { expect, test } from 'vitest'
import {
  denialOf,
  modeOf,
  usedUp,
  type ModeDenial,
  type ModeOverride,
  type ModeQuestion,
  type ModeSetting,
  type ModeTrial,
} from '../../src/rollout/reboot-mode.ts'
import { minutes, T0 } from './world.ts'

const setting = (mode: ModeSetting['mode'], expiresAt: number | null = null): ModeSetting => ({
  ...{ mode, because: 'firmware is old', expiresAt },
})
const override = (change: Partial<ModeOverride> = {}): ModeOverride => ({
  ...{ mode: 'powercycle', because: 'new NIC firmware', expiresAt: null, usedBy: null, ...change },
})
const denial = (mode: ModeDenial['mode'], expiresAt: number | null = null): ModeDenial => ({
  ...{ model: 'f3.large', mode, evidence: [`${mode} hung on 3 hosts`], expiresAt },
})

test.each<[why: string, question: Partial<ModeQuestion>, mode: string, from: string]>([
  ['nothing is known', {}, 'kexec', 'default'],
  ['the host is told auto', { setting: setting('auto') }, 'kexec', 'default'],
  ['the host is told cold', { setting: setting('cold') }, 'cold', 'setting'],
  ['the setting has just expired', { setting: setting('cold', T0) }, 'kexec', 'default'],
  ['the setting is about to expire', { setting: setting('cold', T0 + 1) }, 'cold', 'setting'],
  ['its model is denied kexec', { denials: [denial('kexec')] }, 'cold', 'model'],
  ['the denial has just expired', { denials: [denial('kexec', T0)] }, 'kexec', 'default'],
  ['the denial is about to expire', { denials: [denial('kexec', T0 + 1)] }, 'cold', 'model'],
  ['another model is denied it', { model: 'c3.small', denials: [denial('kexec')] }, 'kexec', 'default'],
  ['no model is known', { model: null, denials: [denial('kexec')] }, 'kexec', 'default'],
  ['denied something that comes later', { denials: [denial('cold')] }, 'kexec', 'model'],
  ['denied two', { denials: [denial('kexec'), denial('cold')] }, 'powercycle', 'model'],
  [
    'denied all: somehow it must',
    { denials: [denial('kexec'), denial('cold'), denial('powercycle')] },
    'cold',
    'model',
  ],
  ['auto goes by the model', { setting: setting('auto'), denials: [denial('kexec')] }, 'cold', 'model'],
  [
    'a setting goes before the model',
    { setting: setting('kexec'), denials: [denial('kexec')] },
    'kexec',
    'setting',
  ],
  [
    'an override goes before all',
    { setting: setting('kexec'), override: override() },
    'powercycle',
    'override',
  ],
  ['only once', { override: override({ usedBy: 'plan_1' }) }, 'kexec', 'default'],
  ['an override that has expired', { override: override({ expiresAt: T0 }) }, 'kexec', 'default'],
])('%s', (_why, question, mode, from) => {
  const asked = { model: 'f3.large', setting: null, override: null, denials: [], ...question }
  const chosen = modeOf(asked, T0)
  expect([chosen.mode, chosen.from]).toEqual([mode, from])
})

test('the reason carries the evidence', () => {
  const asked = { model: 'f3.large', setting: null, override: null, denials: [denial('kexec')] }
  expect(modeOf(asked, T0).because).toBe('f3.large is denied kexec: kexec hung on 3 hosts')
})

test('an override is used up by the first plan that carries it', () => {
  const used = usedUp(override(), 'plan_1')
  expect([used.usedBy, usedUp(used, 'plan_1').usedBy, usedUp(used, 'plan_2').usedBy]).toEqual([
    'plan_1',
    'plan_1',
    'plan_1',
  ])
})

const trial = (
  host: string,
  worked: boolean,
  minute: number,
  mode: ModeTrial['mode'] = 'kexec',
): ModeTrial => ({
  ...{ host, mode, worked, at: T0 + minutes(minute), because: `tried at ${minute}` },
})

test.each<[why: string, trials: ModeTrial[], until: number | null]>([
  ['nothing tried', [], null],
  ['one failure short', [trial('a', false, 50)], null],
  ['failures on two hosts', [trial('a', false, 50), trial('b', false, 55)], 155],
  ['twice the same host', [trial('a', false, 50), trial('a', false, 55)], null],
  ['one worked later', [trial('a', false, 50), trial('b', false, 51), trial('b', true, 52)], null],
  [
    'one failed again, rows in any order',
    [trial('b', true, 40), trial('b', false, 55), trial('a', false, 50)],
    155,
  ],
  ['one is too long ago', [trial('a', false, 0), trial('b', false, 55)], null],
  ['one is just not too long ago', [trial('a', false, 0.01), trial('b', false, 55)], 155],
  ['another mode', [trial('a', false, 50, 'cold'), trial('b', false, 55)], null],
  ['from the future', [trial('a', false, 50), trial('b', false, 61)], null],
])("a model's own record: %s", (_why, trials, until) => {
  const rule = { hosts: 2, withinMs: minutes(60), lastsMs: minutes(100) }
  const found = denialOf({ model: 'f3.large', mode: 'kexec' }, trials, rule, T0 + minutes(60))
  expect(found && found.expiresAt).toBe(until === null ? null : T0 + minutes(until))
})
