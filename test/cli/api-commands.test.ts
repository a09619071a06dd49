import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { writeCaptureFolder } from '../../src/cli/capture-folder.ts'
import { loadCapture } from '../capture.ts'
import { startApi, type Api } from '../http/api.ts'
import { berth, enrollNamed, UNHURRIED } from './remote-berth.ts'

const KERNEL_BYTES = 8 * 1024 * 1024

let api: Api
let folder: string
/** What earlier rows have made, by names that later rows use as `@name`. */
const made = new Map<string, string>()

beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
  folder = mkdtempSync(join(tmpdir(), 'berth-test-'))
  const { id } = await enrollNamed(api, 'web-7', 'web')
  made.set('host', id)
  const capture = { ...loadCapture('x86_64-seabios-2g'), 'boot-id': '0b7e2a1c-0000-4000-8000-000000000001\n' }
  made.set('capture', join(folder, 'capture'))
  writeCaptureFolder(join(folder, 'capture'), capture)
  const head = readFileSync(new URL('../hosts/x86_64-seabios-2g/kernel-header.bin', import.meta.url))
  made.set('kernel', join(folder, 'vmlinuz'))
  writeFileSync(join(folder, 'vmlinuz'), Buffer.concat([head, Buffer.alloc(KERNEL_BYTES - head.length)]))
  made.set('found', join(folder, 'found.json'))
  writeFileSync(join(folder, 'found.json'), JSON.stringify({ rules: 'x86_64/5.10', facts: {} }))
})
afterAll(async () => {
  await api.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: readonly string[]) =>
  berth(
    api,
    line.map((word) => word.replace(/^@(\w+)$/, (_, name: string) => made.get(name) ?? 'nothing')),
  )

const BECAUSE = ['--reason', 'a test']
const SOON = ['--until', '2099-01-01T00:00:00Z']

// In this order: each row leans on what those before it have made.
test.each<[why: string, line: string[], says: RegExp | string, kept?: [name: string, of: string]]>([
  ['one host', ['host', 'show', 'web-7'], /^hostname: web-7$/m],
  [
    'its labels',
    ['host', 'set', 'web-7', '--label', 'rack=b12', '--label', 'row=3'],
    /rack: b12\n {2}row: "3"/,
  ],
  ['by label', ['hosts', '--label', 'rack=b12'], 'web-7'],
  ['by another label', ['hosts', '--label', 'rack=b13'], 'no such host'],
  ['left alone', ['host', 'set', 'web-7', '--opt-out', 'a disk'], 'reason: a disk'],
  ['no more', ['host', 'set', 'web-7', '--no-opt-out', '--no-group'], /^opt_out: null$/m],
  ['no group', ['host', 'show', 'web-7'], /^group: null$/m],
  ['another group', ['host', 'set', 'web-7', '--group', 'db'], /^group: db$/m],
  ['how it reboots', ['host', 'set', 'web-7', '--reboot-mode', 'cold', ...BECAUSE, ...SOON], 'mode: cold'],
  ['its timeline', ['host', 'timeline', 'web-7'], /enrol/],
  ['a capture', ['snapshot', 'post', 'web-7', '@capture'], 'snap_', ['snapshot', 'id']],
  ['its snapshots', ['snapshot', 'list', 'web-7'], /6\.1/],
  ['one snapshot', ['snapshot', 'show', 'web-7', '@snapshot'], /bookable_bytes: [0-9]+/],
  ['its findings', ['snapshot', 'findings', 'web-7', '@snapshot'], /^(nothing|\w+: [a-z-]+: .+)$/m],
  ['room', ['host', 'room', 'web-7', '--limit', '1'], /fragmentation: /],
  [
    'a boot entry of files',
    [
      ...['boot-entry', 'add', '--title', 'next', '--boot-version', '6.1.0', '--arch', 'x86_64'],
      ...['--kernel', '@kernel', '--cmdline', 'nokaslr'],
    ],
    'boot_',
    ['entry', 'id'],
  ],
  ['boot entries', ['boot-entry', 'list', '--architecture', 'x86_64'], /^boot_.* 6\.1\.0 +x86_64 +8388608/m],
  [
    'one boot entry, without its bytes',
    ['boot-entry', 'show', '@entry'],
    /^linux: \{"sha256":"[0-9a-f]{64}","size":8388608\}$/m,
  ],
  ['three strategies', ['host', 'placements', 'web-7', '--boot-entry', '@entry'], 'strategy: kexec_file'],
  ['a plan to look at', ['plan', 'make', 'web-7', '--boot-entry', '@entry', '--dry-run'], /^digest: /m],
  ['a plan', ['plan', 'make', 'web-7', '--boot-entry', '@entry'], /^id: plan_/m, ['plan', 'id']],
  ['its plans', ['plan', 'list', 'web-7'], /^plan_\w+ +planned/m],
  ['one plan', ['plan', 'show', '@plan'], /kind: kernel/],
  ['its state', ['plan', 'state', '@plan'], /^state: planned$/m],
  ['hand it out', ['plan', 'assign', '@plan'], /^plan_\w+ +assigned/m],
  ['the fleet', ['fleet'], /^hosts: 1$/m],
  ['no lease', ['lease', 'list'], 'nobody holds one'],
  [
    'a pool',
    ['lease-pool', 'set', 'fleet', '--slots', '5', '--ttl-seconds', '3600', ...BECAUSE],
    /fleet +5 +3600/,
  ],
  [
    'the same again',
    ['lease-pool', 'set', 'fleet', '--slots', '6', '--ttl-seconds', '3600', ...BECAUSE],
    /fleet +6/,
  ],
  ['pools', ['lease-pool', 'list'], '0 of 6'],
  ['one pool', ['lease-pool', 'show', 'fleet'], /^slots: 6$/m],
  [
    'FleetLock',
    ['group', 'fleetlock', 'set', 'db', '--slots', '2', '--ttl-seconds', '3600', ...BECAUSE],
    /^base_url: http/m,
  ],
  ['what it says', ['group', 'fleetlock', 'show', 'db'], /^enabled: true$/m],
  ['forgotten', ['group', 'fleetlock', 'forget', 'db', ...BECAUSE], 'group db answers FleetLock no more'],
  [
    'a calibration',
    ['group', 'calibration', 'set', 'db', 'x86_64', '6.1.0', '@found', ...BECAUSE],
    /^rules: x86_64\/5\.10$/m,
  ],
  ['what it says', ['group', 'calibration', 'show', 'db', 'x86_64', '6.1.0'], /^reason: a test$/m],
  [
    'hardware that cannot',
    [
      'reboot-rule',
      'deny',
      '--hardware-model',
      'model',
      '--mode',
      'kexec',
      '--evidence',
      'no net',
      ...BECAUSE,
    ],
    /rule_\w+ +denial +model +kexec/,
    ['rule', 'id'],
  ],
  [
    'for one host',
    ['reboot-rule', 'override', '--host', 'web-7', '--mode', 'cold', ...BECAUSE],
    /override +host_/,
  ],
  ['rules of a host', ['reboot-rule', 'list', '--host', 'web-7'], 'override'],
  ['one rule', ['reboot-rule', 'show', '@rule'], 'no net'],
  ['taken back', ['reboot-rule', 'delete', '@rule'], / is gone$/m],
  [
    'protected memory',
    [
      ...['exception', 'add', '--kind', 'acpi-tables', '--host', 'web-7', '--policy', 'KSP-1'],
      ...['--approver', 'kernel-team', ...SOON, ...BECAUSE],
    ],
    /exc_\w+ +acpi-tables/,
    ['exception', 'id'],
  ],
  ['exceptions of a host', ['exception', 'list', '--host', 'web-7'], /host:host_/],
  ['one exception', ['exception', 'show', '@exception'], 'approver: kernel-team'],
  ['taken back', ['exception', 'delete', '@exception'], / is gone$/m],
  ['keys', ['key', 'list'], /^key_\w+ +admin/m],
  [
    'a webhook',
    ['webhook', 'create', '--url', 'https://hooks.example/berth', '--kind', 'rollout.*', ...BECAUSE],
    /^secret: whsec_/m,
    ['webhook', 'id'],
  ],
  ['webhooks', ['webhook', 'list'], /^hook_\w+ +active +https:\/\/hooks\.example\/berth +rollout\.\*/m],
  ['what was sent', ['webhook', 'deliveries', '@webhook'], 'nothing was sent yet'],
  ['one that stands still', ['webhook', 'show', '@webhook'], /^state: active$/m],
  ['a webhook that goes', ['webhook', 'delete', '@webhook'], 'is told no more'],
  ['a token', ['token', 'create', '--uses', '3', '--group', 'web'], /^\S+\n$/],
  ['tokens', ['token', 'list'], '3 of 3'],
  ['what was done', ['audit', '--target', '@host'], /host/],
  ['nothing was done', ['audit', '--actor', 'nobody'], 'nothing was changed'],
  ['forget the host', ['host', 'delete', 'web-7'], 'web-7 is forgotten'],
])('%s: %j', async (_why, line, says, kept) => {
  const { code, stdout, stderr } = await run(line)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(says)
  if (kept) {
    const [name, of] = kept
    const found = new RegExp(`^${of}: (\\S+)$`, 'm').exec(stdout)?.[1] ?? /^(\w+_\w+) /m.exec(stdout)?.[1]
    made.set(name, found ?? 'nothing')
  }
})

test.each<[why: string, line: string[], exit: number, says: RegExp]>([
  ['a host that is not there', ['host', 'show', 'nobody'], 1, /no host is called nobody/],
  ['a lease that is not there', ['lease', 'release', `lease_${'0'.repeat(26)}`, ...BECAUSE], 1, /not-found/],
  [
    'the health of a rollout that is not there',
    ['rollout', 'health', `roll_${'0'.repeat(26)}`, '--gate', 'g', '--verdict', 'pass', '--detail', 'd'],
    1,
    /not-found/,
  ],
  ['a label without a value', ['host', 'set', 'web-7', '--label', 'rack'], 2, /NAME=VALUE/],
  ['a time that is none', ['exception', 'add', '--until', 'soon'], 2, /A time is wanted/],
  ['a capture of no boot', ['snapshot', 'post', `host_${'0'.repeat(26)}`, '.'], 1, /boot-id\.txt is missing/],
  [
    'a file that is not there',
    ['boot-entry', 'add', '--title', 't', '--boot-version', '6', '--arch', 'arm64', '--kernel', 'none'],
    1,
    /none: unreadable-file/,
  ],
])('%s: exit %i', async (_why, line, exit, says) => {
  const { code, stdout, stderr } = await run(line)
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
  expect(stderr).toMatch(says)
})

test('a key is revoked by its id, as whoever asks', async () => {
  const body = { role: 'viewer', name: 'leaked' }
  const { id, key } = (await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body })).body
  const done = await run(['key', 'revoke', id])
  expect([done.code, done.stdout]).toEqual([0, `${id} is revoked\n`])
  expect((await api.call({ method: 'get', path: '/v1/hosts', as: key })).status).toBe(401)
})

test('yaml says the same as json', async () => {
  const json = JSON.parse((await run(['key', 'list', '--output', 'json'])).stdout)
  const yaml = (await run(['key', 'list', '--output', 'yaml'])).stdout
  expect(yaml.startsWith('---\n')).toBe(true)
  expect(parseAllDocuments(yaml).map((document) => document.toJS())).toEqual([json])
})

test('states are coloured where that is asked for, and columns stay where they are', async () => {
  await enrollNamed(api, 'web-8')
  const plain = (await run(['hosts'])).stdout
  const coloured = (await run(['hosts', '--color', 'always'])).stdout
  expect(coloured).toContain('\u001b[32mactive\u001b[39m')
  expect(stripVTControlCharacters(coloured)).toBe(plain)
  expect((await run(['hosts', '--color', 'never'])).stdout).toBe(plain)
})
