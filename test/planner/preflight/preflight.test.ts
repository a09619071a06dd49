import { expect, test } from 'vitest'
import {
  loadRefusal,
  preflight,
  preflightVerdict,
  type LoadAsked,
  type PreflightCheck,
} from '../../../src/planner/index.ts'
import type { LoadRules } from '../../../src/planner/preflight/preflight.ts'

const built = (...names: string[]) => new Map(names.map((name) => [`CONFIG_${name}`, 'y']))
const BOTH = ['KEXEC', 'KEXEC_FILE']

/** All that can be known is known, and nothing is in the way. */
const OPEN: LoadRules = {
  config: built(...BOTH),
  loadLimits: { disabled: false, reboots: -1 },
  lockdown: 'none',
  secureBoot: false,
}
const LOAD: LoadAsked = { loader: 'kexec_load', signed: null }
const FILE: LoadAsked = { loader: 'kexec_file_load', signed: false }
const SIGNED: LoadAsked = { loader: 'kexec_file_load', signed: true }
const UNNAMED: LoadAsked = { loader: 'kexec_file_load', signed: null }

type Verdict = PreflightCheck['verdict']

test.each<[why: string, change: Partial<LoadRules>, asked: LoadAsked, verdict: Verdict, by: string[]]>([
  ['nothing in the way', {}, LOAD, 'ready', []],
  ['nothing in the way of files', {}, FILE, 'ready', []],
  ['no kernel configuration', { config: null }, LOAD, 'unknown', ['support']],
  ['built without kexec_load', { config: built('KEXEC_FILE') }, LOAD, 'refused', ['support']],
  ['built without kexec_load, which files do not need', { config: built('KEXEC_FILE') }, FILE, 'ready', []],
  ['built without kexec_file_load', { config: built('KEXEC') }, FILE, 'refused', ['support']],
  ['switched off', { loadLimits: { disabled: true, reboots: -1 } }, LOAD, 'refused', ['disabled']],
  [
    'switched off for files too',
    { loadLimits: { disabled: true, reboots: -1 } },
    FILE,
    'refused',
    ['disabled'],
  ],
  ['no sysctl was captured', { loadLimits: null }, LOAD, 'unknown', ['disabled']],
  ['no load is left', { loadLimits: { disabled: false, reboots: 0 } }, LOAD, 'refused', ['limit']],
  ['one load is left', { loadLimits: { disabled: false, reboots: 1 } }, LOAD, 'ready', []],
  ['a kernel that knows no limit', { loadLimits: { disabled: false, reboots: null } }, LOAD, 'ready', []],
  ['lockdown for integrity', { lockdown: 'integrity' }, LOAD, 'refused', ['lockdown']],
  ['lockdown for confidentiality', { lockdown: 'confidentiality' }, LOAD, 'refused', ['lockdown']],
  ['lockdown lets files be', { lockdown: 'integrity' }, FILE, 'ready', []],
  ['no lockdown file, and no Secure Boot', { lockdown: null }, LOAD, 'ready', []],
  ['no lockdown file, and Secure Boot', { lockdown: null, secureBoot: true }, LOAD, 'unknown', ['lockdown']],
  ['Secure Boot alone', { secureBoot: true }, LOAD, 'ready', []],
  [
    'Secure Boot, and IMA looks at files',
    { secureBoot: true, config: built(...BOTH, 'KEXEC_SIG', 'IMA_SECURE_AND_OR_TRUSTED_BOOT') },
    LOAD,
    'refused',
    ['appraisal'],
  ],
  [
    'the same by file',
    { secureBoot: true, config: built(...BOTH, 'KEXEC_SIG', 'IMA_SECURE_AND_OR_TRUSTED_BOOT') },
    FILE,
    'ready',
    [],
  ],
  [
    'whether there is Secure Boot is not known, and IMA would look at files',
    { secureBoot: null, config: built(...BOTH, 'KEXEC_SIG', 'IMA_SECURE_AND_OR_TRUSTED_BOOT') },
    LOAD,
    'unknown',
    ['appraisal'],
  ],
  ['a signature is looked at, not asked for', { config: built(...BOTH, 'KEXEC_SIG') }, FILE, 'ready', []],
  [
    'a signature is asked for by lockdown',
    { config: built(...BOTH, 'KEXEC_SIG'), lockdown: 'integrity' },
    FILE,
    'refused',
    ['signature'],
  ],
  [
    'a signature is asked for by configuration',
    { config: built(...BOTH, 'KEXEC_SIG', 'KEXEC_SIG_FORCE') },
    FILE,
    'refused',
    ['signature'],
  ],
  [
    'a signature is asked for by an old configuration',
    { config: built(...BOTH, 'KEXEC_VERIFY_SIG') },
    FILE,
    'refused',
    ['signature'],
  ],
  [
    'there is one, by whomever',
    { config: built(...BOTH, 'KEXEC_SIG'), lockdown: 'integrity' },
    SIGNED,
    'unknown',
    ['signature'],
  ],
  [
    'of no kernel yet',
    { config: built(...BOTH, 'KEXEC_SIG', 'KEXEC_SIG_FORCE') },
    UNNAMED,
    'unknown',
    ['signature'],
  ],
  [
    'one refusal goes before what is not known',
    { config: null, loadLimits: { disabled: true, reboots: null } },
    LOAD,
    'refused',
    ['support', 'disabled'],
  ],
])('%s', (_why, change, asked, verdict, by) => {
  const checks = preflight({ ...OPEN, ...change }, asked)
  expect(checks.filter((c) => c.verdict !== 'ready').map((c) => c.check)).toEqual(by)
  expect(preflightVerdict(checks)).toBe(verdict)
  expect(loadRefusal({ ...OPEN, ...change }, asked) === null).toBe(verdict !== 'refused')
})

test('what nobody captured refuses nothing', () => {
  const nothing: LoadRules = { config: null, loadLimits: null, lockdown: null, secureBoot: null }
  expect(preflightVerdict(preflight(nothing, LOAD))).toBe('unknown')
  expect(loadRefusal(nothing, LOAD)).toBeNull()
})

test('a refusal names its file, its reason, and what would change it', () => {
  const rules: LoadRules = { ...OPEN, loadLimits: { disabled: true, reboots: 0 } }
  expect(preflight(rules, LOAD).find((c) => c.check === 'disabled')).toEqual({
    check: 'disabled',
    verdict: 'refused',
    file: 'kexec-limits',
    sentence: 'kexec_load_disabled is 1: only a boot through firmware without that setting takes it back',
  })
  expect(loadRefusal(rules, LOAD)?.split('; ')).toHaveLength(2)
})
