import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { createEntry, enroll, post, snapshotOf, X86 } from '../http/fixtures.ts'
import { berth, cells, UNHURRIED } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

let api: Api
let entry: string
let host: string
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
  entry = await createEntry(api)
  const enrolled = await enroll(api, { group: 'tried' })
  host = enrolled.id
  for (const boot of ['boot-1', 'boot-2']) await post(api, enrolled, snapshotOf(X86, boot))
  await api.call({
    method: 'put',
    path: '/v1/groups/tried/pins/reboot/initrd',
    as: api.admin,
    body: { mem: '0x7ff00000', room: 0x100000, reason: 'in reserved memory' },
    headers: { 'if-match': '*' },
  })
})
afterAll(() => api.close())

function trial(rules: object | string, ...more: string[]) {
  const file = join(scratchFolder(), 'rules.json')
  writeFileSync(file, typeof rules === 'string' ? rules : JSON.stringify(rules))
  return berth(api, ['policy', 'try', file, '--boot-entry', entry, ...more])
}

test('what differs is told boot by boot, and more refusals are exit 3', async () => {
  const { code, stdout } = await trial({ on_broken: 'strict' }, '--group', 'tried')
  expect(code).toBe(3)
  expect(stdout).toMatch(new RegExp(`^differs +node-1 \\(${host}\\)  2 boots\n  boot boot-1, `))
  expect(stdout).toMatch(/in force {2}moves: initrd 0x7ff00000 to 0x[0-9a-f]+: /)
  expect(stdout).toMatch(/trial {5}refuses: .*\(pin-broken\)/)
  expect(stdout).toContain('1 hosts, 2 boots: it makes a difference for 1 of the hosts')
})

test('where nothing differs it is exit 0, and JSON is what the service sends', async () => {
  const same = await trial({ on_broken: 'prefer' }, '--host', host, '--boots', '1')
  expect(same).toMatchObject({ code: 0, stderr: '' })
  expect(same.stdout).toMatch(/^same +node-1 .* 1 boots\n\n1 hosts/)
  const json = await trial({}, '--output', 'json')
  const lines = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toMatchObject([{ host }, { summary: { hosts: 1 } }])
})

test.each<[why: string, rules: object | string, says: RegExp]>([
  ['no JSON', '{', /rules\.json/],
  ['no such rule', { on_fire: true }, /on_fire/],
])('a file with %s is told', async (_why, rules, says) => {
  const { code, stderr } = await trial(rules)
  expect(code).not.toBe(0)
  expect(stderr).toMatch(says)
})

test('the history of a scope shows what it set and that it was forgotten', async () => {
  await berth(api, ['policy', 'set', 'group:shown', '--on-broken', 'strict', '--reason', 'first'])
  await berth(api, ['policy', 'clear', 'group:shown', '--reason', 'second'])
  const { code, stdout } = await berth(api, ['policy', 'history', 'group:shown'])
  expect(code).toBe(0)
  const rows = cells(stdout, 5).map((row) => [row[0], row[2], row.at(-1)])
  expect(rows.slice(-2)).toEqual([
    ['1', 'on_broken strict', 'first'],
    ['2', 'forgotten', 'second'],
  ])
})
