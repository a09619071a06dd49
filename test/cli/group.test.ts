import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GroupPinning, GroupPinSet } from '../../src/wire/group-pins.ts'
import { startApi, type Api } from '../http/api.ts'
import { createEntry, post, snapshotOf, X86, type EnrolledHost } from '../http/fixtures.ts'
import { berth, cells, enrollNamed, UNHURRIED } from './remote-berth.ts'

let api: Api
let entry: string
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
  entry = await createEntry(api)
})
afterAll(() => api.close())

/** Hosts `GROUP-0`, `GROUP-1`, …, each of which has posted a capture. */
async function groupOf(group: string, captures: readonly string[]): Promise<EnrolledHost[]> {
  const hosts: EnrolledHost[] = []
  for (const [i, capture] of captures.entries()) {
    const host = await enrollNamed(api, `${group}-${i}`, group)
    await post(api, host, snapshotOf(capture))
    hosts.push(host)
  }
  return hosts
}

const pin = (group: string, ...argv: string[]) =>
  berth(api, ['group', 'pin', group, '--boot-entry', entry, '--reason', 'one model', ...argv])

test('a dry run finds a place and stores nothing; without it the group has it', async () => {
  await groupOf('web', [X86, X86])
  const dry = await pin('web', '--dry-run')
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  expect(dry.stdout).toContain('group web, 2 hosts: new 2\n')
  expect(dry.stdout).toContain('nothing was stored')
  expect((await berth(api, ['group', 'pins', 'web'])).stdout).toContain('group web has no pins')

  const done = await pin('web', '--output', 'json')
  expect(done).toMatchObject({ code: 0, stderr: '' })
  const { stored, pins } = JSON.parse(done.stdout) as GroupPinning
  expect(stored).toBe(true)
  expect(cells(dry.stdout, 2).slice(0, pins.length)).toEqual(pins.map(({ kind, mem }) => [kind, mem]))
  const told = await berth(api, ['group', 'pins', 'web'])
  expect(new Set(cells(told.stdout, 3).map((line) => line.join(' ')))).toEqual(
    new Set(pins.map(({ kind, mem }) => `reboot ${kind} ${mem}`)),
  )
})

test('without common ground: exit 3, who is in the way and what leaving it out would give', async () => {
  const [, small] = await groupOf('mixed', [X86, 'x86_64-seabios-512m'])
  const large = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: 700 * 1024 * 1024 } })
  const argv = ['group', 'pin', 'mixed', '--boot-entry', large, '--reason', 'one model']
  const { code, stdout, stderr } = await berth(api, argv)
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toMatch(/^berth group pin: .+ \(no-common-ground\)\n/)
  expect(stderr).toContain(`leave out ${small?.id}`)

  const without = await berth(api, [...argv, '--leave-out', 'mixed-1'])
  expect(without).toMatchObject({ code: 0, stderr: '' })
  expect(without.stdout).toContain('group mixed, 1 host: new 1\n')
  expect(without.stdout).toContain(`${small?.id}: left out, `)
})

test('pins that hosts have of their own become the group’s, or stay with --keep-own', async () => {
  const [host] = await groupOf('own', [X86])
  const place = ['--mem', '0x40000000', '--room', '256M', '--reason', 'here']
  await berth(api, ['pins', 'set', 'own-0', 'kernel', ...place])
  const own = async () => cells((await berth(api, ['pins', 'own-0'])).stdout, 3)
  expect(await pin('own', '--keep-own')).toMatchObject({ code: 0 })
  expect(await own()).toEqual([['reboot', 'kernel', '0x40000000']])
  const taken = await pin('own')
  expect(taken.stdout).toMatch(new RegExp(`${host?.id}: kernel moves from 0x40000000 to 0x[0-9a-f]+\n`))
  expect(await own()).not.toContainEqual(['reboot', 'kernel', '0x40000000'])
})

test('one pin is put where the operator says, and forgotten, with a reason', async () => {
  await groupOf('hand', [X86])
  const set = [
    'group',
    'set',
    'hand',
    'initrd',
    '--mem',
    '0x40000000',
    '--room',
    '80M',
    '--reason',
    'as planned',
  ]
  expect(await berth(api, set)).toEqual({
    code: 0,
    stdout: 'group hand: the initrd for a reboot is pinned at 0x40000000 with room for 80M\n',
    stderr: '',
  })
  const told = (await berth(api, ['group', 'pins', 'hand', '--output', 'json'])).stdout
  expect((JSON.parse(told) as GroupPinSet).items).toMatchObject([
    { kind: 'initrd', mem: '0x40000000', room: 0x5000000, reason: 'as planned' },
  ])
  const forget = ['group', 'forget', 'hand', 'initrd', '--reason', 'over']
  expect(await berth(api, forget)).toEqual({
    code: 0,
    stdout: 'group hand: the initrd for a reboot is pinned nowhere now: hosts keep their own pins\n',
    stderr: '',
  })
  expect((await berth(api, ['group', 'pins', 'hand'])).stdout).toContain('group hand has no pins')
  expect(await berth(api, forget)).toMatchObject({ code: 1, stdout: '' })
})

test.each<[why: string, argv: () => string[], code: number, says: string]>([
  ['a pin without an address', () => ['set', 'web', 'initrd', '--room', '80M', '--reason', 'r'], 2, '--mem'],
  ['a pin without a reason', () => ['forget', 'web', 'initrd'], 2, '--reason'],
  ['a segment that there is not', () => ['forget', 'web', 'ramdisk', '--reason', 'r'], 2, 'ramdisk'],
  ['a group that nobody is in', () => ['pins', 'nobody'], 1, '(not-found)'],
  [
    'a boot entry that there is not',
    () => ['pin', 'web', '--boot-entry', `boot_${'0'.repeat(26)}`, '--reason', 'r'],
    1,
    '(not-found)',
  ],
  ['no boot entry', () => ['pin', 'web', '--reason', 'r'], 2, '--boot-entry'],
])('%s', async (_why, argv, code, says) => {
  const ran = await berth(api, ['group', ...argv()])
  expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' })
  expect(ran.stderr).toContain(says)
})
