import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listCall } from '../../src/cli/api-call.ts'
import type { Environment, RemoteOptions } from '../../src/cli/remote.ts'
import { startApi, type Api } from '../http/api.ts'
import { createKey, enroll } from '../http/fixtures.ts'
import { recordedIo } from './recorded-io.ts'
import { berth, cells, UNHURRIED } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

describe('commands over the API', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ config: UNHURRIED })
  })
  afterAll(() => api.close())

  const hostsCommand = listCall('hosts', '/v1/hosts', { columns: { id: (h) => h.id }, none: 'nobody' })
  const hosts = async (options: RemoteOptions, environment: Environment) => {
    const io = recordedIo()
    const code = await hostsCommand({ options, io, environment })
    return { code, stdout: io.stdout(), stderr: io.stderr() }
  }
  const keyFile = (text: string) => {
    const file = join(scratchFolder(), 'key')
    writeFileSync(file, text)
    return file
  }

  test.each<[why: string, given: () => [RemoteOptions, Environment]]>([
    ['all by options', () => [{ server: api.url, key: api.admin }, {}]],
    ['all by the environment', () => [{}, { BERTH_SERVER: api.url, BERTH_KEY: api.admin }]],
    [
      'the key by a file that ends with a newline',
      () => [{ server: api.url, keyFile: keyFile(`${api.admin}\n`) }, {}],
    ],
    [
      'an option before the environment',
      () => [
        { server: api.url, key: api.admin },
        { BERTH_SERVER: 'http://127.0.0.1:1', BERTH_KEY: 'none' },
      ],
    ],
    [
      'a key file before the environment',
      () => [{ server: api.url, keyFile: keyFile(api.admin) }, { BERTH_KEY: 'none' }],
    ],
    ['a server that ends with a slash', () => [{ server: `${api.url}/`, key: api.admin }, {}]],
  ])('service and key, %s', async (_why, given) => {
    expect(await hosts(...given())).toMatchObject({ code: 0, stderr: '' })
  })

  test.each<[why: string, options: RemoteOptions, says: string]>([
    ['no server', { key: 'k' }, '--server URL'],
    ['no key', { server: 'http://127.0.0.1:1' }, '--key-file FILE'],
    ['an empty key', { server: 'http://127.0.0.1:1', key: ' ' }, '--key-file FILE'],
    ['a key file that is not there', { server: 'http://127.0.0.1:1', keyFile: 'not-there' }, 'not-there'],
    ['a server that is no URL', { server: '127.0.0.1:1', key: 'k' }, 'http or https'],
    ['a server with a password', { server: 'http://me:secret@127.0.0.1:1', key: 'k' }, 'without user name'],
    ['a key that would end its header', { server: 'http://127.0.0.1:1', key: 'a\nsecret' }, 'no key has'],
  ])('usage, %s: exit 2, and no secret in it', async (_why, options, says) => {
    const { code, stdout, stderr } = await hosts(options, {})
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr).not.toContain('secret')
  })

  test('a service that is not there is told as that', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => gone.once('listening', resolve))
    const server = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
    await new Promise((resolve) => gone.close(resolve))
    const { code, stderr } = await hosts({ server, key: 'berth_admin_x_secret' }, {})
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^berth hosts: ${server} cannot be reached: .*ECONNREFUSED.*\\n$`))
    expect(stderr).not.toContain('secret')
  })

  test.each<[why: string, answer: RequestListener, says: string]>([
    ['another program that answers', (_, reply) => reply.end('<html>'), 'is not Berth'],
    ['a proxy in between that has lost it', (_, reply) => reply.writeHead(502).end('<html>'), 'answered 502'],
    [
      'a service that is overloaded',
      (_, reply) =>
        reply
          .writeHead(503, { 'retry-after': '7' })
          .end(JSON.stringify({ code: 'unavailable', detail: 'the service cannot take requests now' })),
      'the service cannot take requests now (unavailable); try again in 7 s',
    ],
    [
      'an answer that breaks off',
      (_, reply) => reply.writeHead(200, { 'content-length': 9 }).write('{', () => reply.destroy()),
      'broke off',
    ],
  ])('%s: exit 1', async (_why, answer, says) => {
    const { code, stdout, stderr } = await hosts({ server: await serverOf(answer), key: 'k' }, {})
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
  })

  test('a key that nobody has is refused in the words of the service', async () => {
    const { code, stderr } = await berth(api, ['hosts'], `berth_admin_none_${'0'.repeat(64)}`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'berth hosts: a valid bearer credential is needed (unauthenticated)\n',
    })
  })

  test('a key of too low a role is refused', async () => {
    const { id } = await enroll(api)
    const argv = ['pins', 'forget', id, 'kernel', '--reason', 'no']
    const { code, stderr } = await berth(api, argv, await createKey(api, 'viewer'))
    expect(code).toBe(1)
    expect(stderr).toContain('(forbidden)')
  })

  test('every wrong place of the input is told', async () => {
    const { id } = await enroll(api)
    const place = ['--mem', '0x40000001', '--room', '5000', '--reason', 'odd']
    const { code, stderr } = await berth(api, ['pins', 'set', id, 'kernel', ...place])
    expect(code).toBe(1)
    expect(stderr.split('\n')[0]).toBe(
      'berth pins set: the request is not as the contract says (invalid-input)',
    )
    expect(stderr).toMatch(/^ {2}\/mem: .+$/m)
    expect(stderr).toMatch(/^ {2}\/room: .+$/m)
  })
})

describe('berth hosts', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ config: UNHURRIED })
  })
  afterAll(() => api.close())

  test('lists all of them over all pages, or those of a group', async () => {
    const web = await enroll(api, { group: 'web' })
    const count = 502
    await api.store.write(async (rows) => {
      const like = await rows.hosts.get(web.id)
      if (!like) throw new Error('it has just enrolled')
      for (let i = 1; i < count; i++) {
        const id = `host_${String(i).padStart(26, '0')}`
        await rows.hosts.insert({
          ...like,
          id,
          machineId: `m-${i}`,
          hostname: `n-${i}`,
          group: null,
          labels: {},
        })
      }
    })
    const all = await berth(api, ['hosts'])
    expect(all).toMatchObject({ code: 0, stderr: '' })
    expect(cells(all.stdout, 4)).toHaveLength(count)
    const some = await berth(api, ['hosts', '--group', 'web'])
    expect(cells(some.stdout, 4)).toEqual([[web.id, 'node-1', 'web', 'active']])
    const json = JSON.parse((await berth(api, ['hosts', '--output', 'json'])).stdout)
    expect(json.items).toHaveLength(count)
    expect(json).toMatchObject({ next_cursor: null })
  })
})

async function serverOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
