import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { whatIfCommand } from '../../src/cli/what-if.ts'
import { startApi, type Api } from '../http/api.ts'
import { enroll, plannedHost } from '../http/fixtures.ts'
import { recordedIo } from './recorded-io.ts'
import { berth, UNHURRIED } from './remote-berth.ts'

interface Asked {
  readonly host: string
  readonly entry: string
  readonly bare: string
}

let api: Api
let asked: Asked
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
  const { host, entry } = await plannedHost(api)
  const { id: bare } = await enroll(api, { group: 'bare' })
  asked = { host: host.id, entry, bare }
})
afterAll(() => api.close())

test('a line a host, and a summary: by boot entry', async () => {
  const { code, stdout, stderr } = await berth(api, ['what-if', '--boot-entry', asked.entry])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [first = '', second = '', blank, summary] = stdout.split('\n')
  const lines = [first, second].sort()
  expect(lines[0]).toMatch(new RegExp(`^fits +node-1 \\(${asked.host}\\)  .*kernel 0x[0-9a-f]+, `))
  expect(lines[1]).toBe(`no-snapshot  node-1 (${asked.bare})`)
  expect([blank, summary]).toEqual(['', '2 hosts: fits 1, no-snapshot 1'])
})

test('as NDJSON, as the service sends it', async () => {
  const { code, stdout } = await berth(api, ['what-if', '--boot-entry', asked.entry, '--output', 'json'])
  expect(code).toBe(0)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toHaveLength(3)
  expect(lines.at(-1)).toMatchObject({ summary: { hosts: 2, fits: 1, no_snapshot: 1 } })
})

test('an image that no host has room for: exit 3, with why and how many bytes short', async () => {
  const sizes = ['--kernel-size', '14M', '--initrd-size', '8G', '--arch', 'x86_64', '--host', asked.host]
  const { code, stdout } = await berth(api, ['what-if', ...sizes])
  expect(code).toBe(3)
  expect(stdout).toMatch(new RegExp(`^refuses +node-1 \\(${asked.host}\\)  .+\\([a-z-]+\\)`))
  expect(stdout).toContain('1 host: refuses 1')
})

test.each<[why: string, hole: string[], code: number, says: RegExp]>([
  ['there is one', ['--hole', '64M', '--below', '4G'], 0, /^has +node-1 .* today: [0-9]+[KMG]? at 0x/],
  ['there is none so large', ['--hole', '1T'], 3, /^has-not +node-1 .* bytes short/],
])('a hole, %s', async (_why, hole, code, says) => {
  const ran = await berth(api, ['what-if', ...hole, '--host', asked.host])
  expect(ran).toMatchObject({ code, stderr: '' })
  expect(ran.stdout).toMatch(says)
})

test('a host of another architecture than the image refuses nothing: exit 0', async () => {
  const { id } = await enroll(api, { arch: 'arm64', group: 'arm' })
  const { code, stdout } = await berth(api, ['what-if', '--boot-entry', asked.entry, '--group', 'arm'])
  expect(code).toBe(0)
  expect(stdout).toBe(`other-arch   node-1 (${id})  the image is not for arm64\n\n1 host: other-arch 1\n`)
})

test('a group is asked alone', async () => {
  const { code, stdout } = await berth(api, ['what-if', '--hole', '1M', '--group', 'bare'])
  expect(code).toBe(0)
  expect(stdout).toBe(`no-snapshot  node-1 (${asked.bare})\n\n1 host: no-snapshot 1\n`)
})

test('an id that no host has is told, and the answer is not whole: exit 1', async () => {
  const nobody = `host_${'0'.repeat(26)}`
  const { code, stdout } = await berth(api, [
    'what-if',
    '--hole',
    '1M',
    '--host',
    asked.host,
    '--host',
    nobody,
  ])
  expect(code).toBe(1)
  expect(stdout).toContain(`not among the hosts: ${nobody}`)
})

test.each<[why: string, argv: string[], says: string]>([
  ['nothing to ask', [], 'give one of'],
  ['two questions', ['--hole', '1M', '--kernel-size', '1M'], 'give one of'],
  ['sizes without an architecture', ['--kernel-size', '14M'], '--arch'],
  ['an initrd alone', ['--boot-entry', 'boot_1', '--initrd-size', '1M'], '--kernel-size'],
  ['a limit without a hole', ['--boot-entry', 'boot_1', '--below', '4G'], '--hole'],
  ['a hole that is to be loaded', ['--hole', '1M', '--purpose', 'crash'], '--hole'],
  ['a size that is none', ['--hole', 'much'], '--hole'],
])('usage, %s: exit 2', async (_why, argv, says) => {
  const { code, stdout, stderr } = await berth(api, ['what-if', ...argv])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(says)
})

test('a boot entry that there is not: exit 1', async () => {
  const { code, stderr } = await berth(api, ['what-if', '--boot-entry', `boot_${'0'.repeat(26)}`])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'berth what-if: there is no such boot entry (not-found)\n',
  })
})

test.each<[why: string, sent: string, says: string]>([
  ['within a line', '{"host":', 'within a line'],
  ['before the summary', '', 'before its summary'],
])('an answer that ends %s is not taken for a whole one', async (_why, sent, says) => {
  const server = createServer((_, reply) => reply.end(sent)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { code, stdout, stderr } = await berth({ ...api, url }, ['what-if', '--hole', '1M'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(says)
})

test('a line is out before the next one comes', async () => {
  const line = (hostname: string) =>
    `${JSON.stringify({ host: 'h', hostname, verdict: 'no-snapshot', today: null, error: null })}\n`
  const summary = { hosts: 2, has: 0, has_not: 0, no_snapshot: 2, errors: 0, worst: null, not_selected: [] }
  const io = recordedIo()
  let firstIsOut = (): void => undefined
  const waited = new Promise<void>((resolve) => (firstIsOut = resolve))
  const server = createServer((_, reply) => {
    reply.write(line('one'))
    void waited.then(() => reply.end(line('two') + JSON.stringify({ summary })))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Would wait for ever, were the first line held back until the second.
  const out = (text: string) => {
    io.out(text)
    if (text.includes('one')) firstIsOut()
  }
  expect(await whatIfCommand({ options: { server: url, key: 'k', hole: 1 }, io: { ...io, out } })).toBe(0)
  expect(io.stdout()).toBe('no-snapshot  one (h)\nno-snapshot  two (h)\n\n2 hosts: no-snapshot 2\n')
})
