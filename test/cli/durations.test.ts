import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { bootedAt, post, X86, type EnrolledHost } from '../http/fixtures.ts'
import { rolling, voices } from '../http/rolling.ts'
import { berth, cells, UNHURRIED } from './remote-berth.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
})
afterAll(() => api.close())

test('how long reboots took, and what happened to the rollout that asked for them', async () => {
  const none = await berth(api, ['durations'])
  expect(none).toMatchObject({ code: 0, stdout: expect.stringMatching(/^no reboot was measured since 20/) })
  const v = voices(api)
  const { hosts, rollout } = await rolling(api, 1, { waves: [{ percent: 100 }] })
  const [host] = hosts as [EnrolledHost]
  const { plan } = await v.jump(host)
  v.at(20_500)
  await post(api, host, bootedAt(X86, Number((await v.get(`/plans/${plan}`)).body.expected.kernel_code[0])))

  const told = await berth(api, ['durations'])
  expect(cells(told.stdout, 8)).toEqual([
    ['kexec', 'x86_64', 'model', '1', '20.5 s', '20.5 s', '20.5 s', '-'],
  ])
  expect((await berth(api, ['durations', '--arch', 'arm64'])).stdout).toMatch(/^no reboot/)
  const json = JSON.parse((await berth(api, ['durations', '--model', 'model', '--output', 'json'])).stdout)
  expect(json.items).toMatchObject([{ mode: 'kexec', median_seconds: 20.5 }])

  const timeline = await berth(api, ['rollout', 'timeline', rollout])
  expect(cells(timeline.stdout, 3).map(([, what, who]) => `${what} ${who}`)).toEqual([
    'create -',
    'submit -',
    `grant ${host.id}`,
    `start ${host.id}`,
    `land ${host.id}`,
    'finish -',
  ])
  const his = await berth(api, ['rollout', 'timeline', rollout, '--host', host.id])
  expect(cells(his.stdout, 2).map(([, what]) => what)).toEqual(['grant', 'start', 'land'])
})

test.each<[why: string, argv: string[], code: number, told: string]>([
  ['days that are none', ['durations', '--days', 'many'], 2, 'days'],
  ['no such rollout', ['rollout', 'timeline', `roll_${'0'.repeat(26)}`], 1, 'rollout'],
])('refused: %s', async (_why, argv, code, told) => {
  const ran = await berth(api, argv)
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).toContain(told)
})
