import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PinSet } from '../../src/wire/pin.ts'
import { startApi, type Api } from '../http/api.ts'
import { createPlan, enroll, plannedHost, post, snapshotOf, X86 } from '../http/fixtures.ts'
import { berth, cells, enrollNamed, UNHURRIED } from './remote-berth.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
})
afterAll(() => api.close())

async function pinsOf(host: string): Promise<PinSet> {
  return (await api.call({ method: 'get', path: `/v1/hosts/${host}/pins`, as: api.admin })).body as PinSet
}

describe('berth pins HOST', () => {
  test('tells them as a table, or as the service answers', async () => {
    const { host } = await plannedHost(api)
    const { items } = await pinsOf(host.id)
    const { code, stdout, stderr } = await berth(api, ['pins', host.id])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(cells(stdout, 3)).toEqual(items.map(({ purpose, kind, mem }) => [purpose, kind, mem]))
    const json = await berth(api, ['pins', host.id, '--output', 'json'])
    expect(json.stdout).toBe(`${JSON.stringify(await pinsOf(host.id))}\n`)
  })

  test('a host without pins says so', async () => {
    const { id } = await enroll(api)
    const { code, stdout } = await berth(api, ['pins', id])
    expect(code).toBe(0)
    expect(stdout).toContain('has no pins')
  })

  test('a hostname will do where it is unique; else the ids are told', async () => {
    const one = await enrollNamed(api, 'web-7')
    expect((await berth(api, ['pins', 'web-7'])).stdout).toContain(one.id)
    const other = await enrollNamed(api, 'web-7', 'web')
    const { code, stdout, stderr } = await berth(api, ['pins', 'web-7'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `berth pins: 2 hosts are called web-7, say which by its id:\n  ${one.id}\n  ${other.id} (group web)\n`,
    )
  })

  test.each<[why: string, host: string, says: string]>([
    ['a hostname that no host has', 'nowhere', 'no host is called nowhere'],
    ['an id that no host has', `host_${'0'.repeat(26)}`, 'there is no such host (not-found)'],
    ['an id that cannot be one', 'host_1', '(invalid-input)\n  path/hostId: '],
  ])('%s: exit 1', async (_why, host, says) => {
    const { code, stderr } = await berth(api, ['pins', host])
    expect(code).toBe(1)
    expect(stderr).toContain(says)
  })
})

describe('berth pins set, loosen, forget', () => {
  test('one after the other, each in the history with its reason', async () => {
    const { host } = await plannedHost(api)
    const set = [
      'pins',
      'set',
      host.id,
      'initrd',
      '--mem',
      '0x20000000',
      '--room',
      '64M',
      '--reason',
      'room above',
    ]
    const done = await berth(api, set)
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toContain('pinned at 0x20000000 with room for 64M (generation 2)')
    const pin = async () => (await pinsOf(host.id)).items.find(({ kind }) => kind === 'initrd')
    expect(await pin()).toMatchObject({
      mem: '0x20000000',
      room: 67108864,
      reason: 'room above',
      loose: false,
    })

    const loosened = await berth(api, ['pins', 'loosen', host.id, 'initrd', '--reason', 'a larger one comes'])
    expect(loosened).toMatchObject({ code: 0, stderr: '' })
    expect(loosened.stdout).toContain('may move in the next plan')
    expect(await pin()).toMatchObject({ mem: '0x20000000', loose: true })
    expect((await berth(api, ['pins', host.id])).stdout).toMatch(/initrd +0x20000000 +64M +loose/)

    const forgotten = await berth(api, [
      'pins',
      'forget',
      host.id,
      'initrd',
      '--reason',
      'choose anew & so on',
    ])
    expect(forgotten).toMatchObject({ code: 0, stderr: '' })
    expect(await pin()).toBeUndefined()

    const { code, stdout } = await berth(api, ['pins', 'history', host.id])
    expect(code).toBe(0)
    const changes = stdout.split('\n').filter((line) => line.includes('  initrd  '))
    expect(
      changes.map((line) =>
        line
          .trim()
          .split(/ {2,}/)
          .filter((_, i) => i === 0 || i === 4 || i === 8),
      ),
    ).toEqual([
      ['1', 'set', expect.any(String)],
      ['2', 'moved', 'room above'],
      ['3', 'loosened', 'a larger one comes'],
      ['4', 'forgotten', 'choose anew & so on'],
    ])
    const json = await berth(api, ['pins', 'history', host.id, '--output', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ next_cursor: null })
  })

  test('--purpose says which kernel, and options may stand before the subcommand', async () => {
    const { host } = await plannedHost(api)
    const place = [
      '--mem',
      '0x10000000',
      '--room',
      '4096',
      '--purpose',
      'crash',
      '--reason',
      'a crash kernel',
    ]
    const { code, stdout } = await berth(api, [
      'pins',
      '--output',
      'json',
      'set',
      host.id,
      'kernel',
      ...place,
    ])
    expect(code).toBe(0)
    const crash = expect.objectContaining({ purpose: 'crash', kind: 'kernel', mem: '0x10000000', room: 4096 })
    expect((JSON.parse(stdout) as PinSet).items).toContainEqual(crash)
    const forget = await berth(api, [
      'pins',
      'forget',
      host.id,
      'kernel',
      '--purpose',
      'crash',
      '--reason',
      'no more',
      '--output',
      'json',
    ])
    expect(forget).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await pinsOf(host.id)).items.map(({ purpose }) => purpose)).not.toContain('crash')
  })

  test.each<[why: string, argv: string[], named: string]>([
    [
      'a kind that there is not',
      ['set', 'h', 'disk', '--mem', '0x1000', '--room', '4K', '--reason', 'r'],
      'disk',
    ],
    ['no reason', ['forget', 'h', 'kernel'], '--reason'],
    [
      'an address in decimal',
      ['set', 'h', 'kernel', '--mem', '4096', '--room', '4K', '--reason', 'r'],
      '--mem',
    ],
    [
      'a room that is no size',
      ['set', 'h', 'kernel', '--mem', '0x1000', '--room', '4 KB', '--reason', 'r'],
      '--room',
    ],
    [
      'a purpose that there is not',
      ['loosen', 'h', 'kernel', '--purpose', 'sleep', '--reason', 'r'],
      '--purpose',
    ],
  ])('usage, %s: exit 2', async (_why, argv, says) => {
    const { code, stdout, stderr } = await berth(api, ['pins', ...argv])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  test('a pin that is not there cannot be forgotten', async () => {
    const { id } = await enroll(api)
    const { code, stderr } = await berth(api, ['pins', 'forget', id, 'kernel', '--reason', 'r'])
    expect(code).toBe(1)
    expect(stderr).toBe('berth pins forget: there is no such pin (not-found)\n')
  })

  test('what somebody else changed in between is not written over', async () => {
    const { host } = await plannedHost(api)
    const path = `/v1/hosts/${host.id}/pins/reboot/initrd`
    const body = { mem: '0x30000000', room: 4096, reason: 'meanwhile' }
    const url = await proxyTo(api.url, async (method) => {
      if (method !== 'PUT') return
      await api.call({ method: 'put', path, as: api.admin, body, headers: { 'if-match': '*' } })
    })
    const place = ['--mem', '0x20000000', '--room', '4K', '--reason', 'mine']
    const { code, stdout, stderr } = await berth({ ...api, url }, [
      'pins',
      'set',
      host.id,
      'initrd',
      ...place,
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `berth pins set: somebody else changed the pins of ${host.id} in between; nothing was written, look again and repeat\n`,
    )
    expect((await pinsOf(host.id)).items.find(({ kind }) => kind === 'initrd')?.mem).toBe('0x30000000')
  })
})

describe('berth pins drift', () => {
  test('exit 0 where all hold', async () => {
    const { host } = await plannedHost(api)
    const { code, stdout } = await berth(api, ['pins', 'drift', host.id])
    expect(cells(stdout, 4).map(([, , , verdict]) => verdict)).toEqual(
      (await pinsOf(host.id)).items.map(() => 'holds'),
    )
    expect(code).toBe(0)
  })

  test('exit 4 where one is broken, with what is in its way', async () => {
    const { host } = await plannedHost(api)
    const place = ['--mem', '0x0', '--room', '4K', '--reason', 'where no kernel can be']
    await berth(api, ['pins', 'set', host.id, 'kernel', ...place])
    const { code, stdout, stderr } = await berth(api, ['pins', 'drift', host.id])
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' })
    expect(stdout).toMatch(/kernel +0x0 +broken +Broken by 0x/)
    const json = await berth(api, ['pins', 'drift', host.id, '--output', 'json'])
    expect(json.code).toBe(4)
    expect(JSON.parse(json.stdout)).toMatchObject({ host: host.id })
  })

  test('a host that has posted nothing cannot be judged', async () => {
    const { id } = await enroll(api)
    const { code, stderr } = await berth(api, ['pins', 'drift', id])
    expect(code).toBe(1)
    expect(stderr).toContain('(no-snapshot)')
  })
})

test('a host that kept its pins over a boot still tells the same ones', async () => {
  const { host, entry } = await plannedHost(api)
  const before = cells((await berth(api, ['pins', host.id])).stdout, 3)
  await post(api, host, snapshotOf(X86, 'boot-2'))
  await createPlan(api, host, { boot_entry: entry })
  expect(cells((await berth(api, ['pins', host.id])).stdout, 3)).toEqual(before)
})

/** A way to the service on which something else happens first. */
async function proxyTo(target: string, first: (method: string) => Promise<void>): Promise<string> {
  const forward = async ({ method = 'GET', url = '', headers }: IncomingMessage, reply: ServerResponse) => {
    await first(method)
    const { authorization = '', 'if-match': match } = headers
    const sent = { authorization, 'content-type': 'application/json', ...(match && { 'if-match': match }) }
    const body =
      method === 'GET' ? {} : { body: JSON.stringify({ mem: '0x20000000', room: 4096, reason: 'mine' }) }
    const answer = await fetch(`${target}${url}`, { method, headers: sent, ...body })
    reply.writeHead(answer.status, { etag: answer.headers.get('etag') ?? '' }).end(await answer.text())
  }
  const server = createServer(
    (request, reply) => void forward(request, reply).catch(() => reply.destroy()),
  ).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
