import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { berth, cells, UNHURRIED } from './remote-berth.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
})
afterAll(() => api.close())

const BECAUSE = ['--reason', 'a test']

test('a scope is paused, changed, listed and ended', async () => {
  const none = await berth(api, ['pauses'])
  expect(none).toEqual({ code: 0, stdout: 'neither the fleet nor a group is paused\n', stderr: '' })
  expect((await berth(api, ['pause', 'group:web', ...BECAUSE])).code).toBe(0)
  const until = new Date(api.clock.now.getTime() + 60_000).toISOString()
  const changed = await berth(api, ['pause', 'group:web', '--until', until, ...BECAUSE, '--output', 'json'])
  expect(JSON.parse(changed.stdout)).toMatchObject({ scope: 'group:web', generation: 2, until })
  expect((await berth(api, ['pause', 'fleet', ...BECAUSE])).code).toBe(0)
  const listed = await berth(api, ['pauses'])
  expect(cells(listed.stdout, 1)).toEqual([['group:web'], ['fleet']])
  expect((await berth(api, ['unpause', 'fleet', ...BECAUSE])).stdout).toBe('fleet is paused no more\n')
  expect(cells((await berth(api, ['pauses'])).stdout, 1)).toEqual([['group:web']])
})

test.each<[why: string, argv: string[], code: number, told: string]>([
  ['no reason', ['pause', 'fleet'], 2, '--reason'],
  ['no such time', ['pause', 'fleet', '--until', 'tomorrow', ...BECAUSE], 2, 'is no time'],
  ['one host', ['pause', 'host:web-7', ...BECAUSE], 1, 'opted out instead'],
  ['what is not paused', ['unpause', 'group:db', ...BECAUSE], 1, 'pause'],
])('refused: %s', async (_why, argv, code, told) => {
  const ran = await berth(api, argv)
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).toContain(told)
})
