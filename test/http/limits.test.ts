import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_TOLD } from '../../src/http/failure-of.ts'
import { isDeeperThan, MAX_DEPTH } from '../../src/http/json-body.ts'
import { MAX_ROWS } from '../../src/planner/read/lines.ts'
import { startApi, type Api, type Call } from './api.ts'
import { enroll, type EnrolledHost } from './fixtures.ts'
import { exampleOf } from './world.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const BODY_LIMIT = 2 * 1024 * 1024

describe('a body', () => {
  let api: Api
  let host: EnrolledHost
  beforeAll(async () => {
    api = await startApi({ config: { bodyLimit: BODY_LIMIT } })
    host = await enroll(api)
  })
  afterAll(() => api.close())

  const key = (body: string): Promise<{ status: number; body: { code: string; detail: string } }> =>
    api.call({ method: 'post', path: '/v1/keys', as: api.admin, body, headers: JSON_TYPE })

  const nested = (levels: number) => `${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}`
  test.each<[why: string, body: string, status: number, code: string]>([
    ['as deep as it may be', `{"x":${nested(MAX_DEPTH)}}`, 400, 'invalid-input'],
    ['one level deeper', `{"x":${nested(MAX_DEPTH + 1)}}`, 400, 'malformed-body'],
    ['a million levels', `{"x":${nested(1_000_000)}}`, 400, 'malformed-body'],
    ['a million levels without an end', '['.repeat(1_000_000), 400, 'malformed-body'],
    ['a million levels of objects', '{"a":'.repeat(400_000), 400, 'malformed-body'],
    ['brackets in a string are none', JSON.stringify({ x: '['.repeat(1000) }), 400, 'invalid-input'],
    ['behind a quote in a string', JSON.stringify({ x: `"${'['.repeat(1000)}` }), 400, 'invalid-input'],
    ['behind a slash in a string', `{"x\\\\":${nested(MAX_DEPTH + 1)}}`, 400, 'malformed-body'],
    ['a prototype', '{"__proto__":{}}', 400, 'malformed-body'],
  ])('%s', async (_why, body, status, code) => {
    const answer = await key(body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test.each<[why: string, size: number, code: string]>([
    ['of as many bytes as it may have', BODY_LIMIT, 'invalid-input'],
    ['of one more', BODY_LIMIT + 1, 'body-too-large'],
  ])('%s', async (_why, size, code) => {
    const frame = '{"x":""}'
    const answer = await key(`{"x":"${'y'.repeat(size - frame.length)}"}`)
    expect(answer.body.code).toBe(code)
  })

  test.each<[why: string, fields: number, told: number]>([
    ['so many wrong places are told', MAX_TOLD, MAX_TOLD],
    ['of more, so many and that there are more', MAX_TOLD + 1, MAX_TOLD + 1],
    ['of a hundred thousand too', 100_000, MAX_TOLD + 1],
  ])('%s', async (_why, fields, told) => {
    const wrong = Object.fromEntries(Array.from({ length: fields }, (_, i) => [`f${i}`, 0]))
    const body = { role: 'viewer', name: 'x', ...wrong }
    const answer = await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body })
    const { errors } = answer.body as { errors: { code: string }[] }
    expect([answer.status, errors.length]).toEqual([400, told])
    expect(errors.at(-1)?.code).toBe(fields > MAX_TOLD ? 'too-many' : 'unknown-field')
  })

  const parts = (
    all: readonly (readonly [name: string, content: string, isFile?: boolean])[],
  ): Partial<Call> => {
    const body = all.map(([name, content, isFile = true]) => {
      const file = isFile ? '; filename="f"' : ''
      return `--b\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
    })
    return {
      body: `${body.join('')}--b--\r\n`,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    }
  }
  const half = 'y'.repeat(BODY_LIMIT / 2)
  test.each<[why: string, form: Partial<Call>, status: number, code: string]>([
    [
      'parts that are together as large as a body',
      parts([
        ['uname', half],
        ['iomem', half],
      ]),
      400,
      'invalid-input',
    ],
    [
      'parts that are larger',
      parts([
        ['uname', half],
        ['iomem', half],
        ['dmesg', 'y'],
      ]),
      413,
      'body-too-large',
    ],
    ['one part that is larger', parts([['iomem', `${half}${half}y`]]), 413, 'body-too-large'],
    ['a field that is larger', parts([['iomem', `${half}${half}y`, false]]), 413, 'body-too-large'],
    [
      'as many parts as there may be',
      parts(Array.from({ length: 64 }, (_, i) => [`p${i}`, 'y'] as const)),
      400,
      'invalid-input',
    ],
    ['one more', parts(Array.from({ length: 65 }, (_, i) => [`p${i}`, 'y'] as const)), 413, 'body-too-large'],
  ])('%s', async (_why, form, status, code) => {
    const path = `/v1/hosts/${host.id}/snapshots`
    const answer = await api.call({ method: 'post', path, as: host.credential, ...form })
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test.each<[why: string, rows: number, status: number]>([
    ['as many rows of memory as there may be', MAX_ROWS, 201],
    ['one more', MAX_ROWS + 1, 400],
  ])('%s', async (_why, rows, status) => {
    const row = (i: number) => {
      const hex = (n: number) => n.toString(16).padStart(8, '0')
      return `${hex(i * 0x3000)}-${hex(i * 0x3000 + 0xfff)} : System RAM\n`
    }
    const { boot_id, files } = exampleOf('NewSnapshot') as { boot_id: string; files: Record<string, string> }
    const { uname, cmdline } = files
    const iomem = Array.from({ length: rows }, (_, i) => row(i)).join('')
    const body = { boot_id, files: { uname, cmdline, iomem } }
    const path = `/v1/hosts/${host.id}/snapshots`
    const answer = await api.call({ method: 'post', path, as: host.credential, body })
    expect(answer.status).toBe(status)
    if (status === 400)
      expect(answer.body.errors).toMatchObject([{ code: 'too-many-lines', file: 'iomem', line: rows }])
  })
})

test.each<[levels: number, text: string, deeper: boolean]>([
  [0, '1', false],
  [0, '[]', true],
  [1, '[{}]', true],
  [2, '[{}]', false],
  [1, '[][][]', false],
  [1, '["[\\"["]', false],
  [1, '["\\\\",[]]', true],
  [1, '["[[[', false],
])('more than %i in %s', (levels, text, deeper) => {
  expect(isDeeperThan(levels, text)).toBe(deeper)
})
