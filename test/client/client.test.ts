import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { berthClient, everyItem, lines, ProblemError } from '../../src/client/index.ts'
import { startApi, type Api } from '../http/api.ts'
import { enroll } from '../http/fixtures.ts'

describe('the typed client', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
    for (const machine_id of ['one', 'two', 'three']) await enroll(api, { machine_id })
  })
  afterAll(() => api.close())

  test.each([
    ['as it is', (url: string) => url],
    ['with a slash at the end', (url: string) => `${url}/`],
  ])('reads through a base URL %s', async (_why, server) => {
    const berth = berthClient({ server: server(api.url), credential: api.admin })
    const { data } = await berth.GET('/v1/hosts', { params: { query: { limit: 2 } } })
    expect(data?.items).toHaveLength(2)
  })

  test('goes through all pages, in order, once', async () => {
    const berth = berthClient({ server: api.url, credential: api.admin })
    const ids: string[] = []
    const get = async (cursor: string | undefined) => {
      const query = { limit: 1, ...(cursor !== undefined && { cursor }) }
      return (await berth.GET('/v1/hosts', { params: { query } })).data!
    }
    for await (const host of everyItem(get)) ids.push(host.id)
    expect(ids).toHaveLength(3)
    expect(ids).toEqual([...new Set(ids)].sort())
  })

  test.each<[why: string, credential: string | undefined, status: number, code: string]>([
    ['nobody', undefined, 401, 'unauthenticated'],
    ['somebody, for what is not there', 'admin', 404, 'not-found'],
  ])('throws what the service refuses to %s', async (_why, who, status, code) => {
    const berth = berthClient({ server: api.url, ...(who && { credential: api.admin }) })
    const params = { path: { planId: `plan_${'0'.repeat(26)}` } }
    const thrown = await berth.GET('/v1/plans/{planId}', { params }).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(ProblemError)
    expect((thrown as ProblemError).problem).toMatchObject({ status, code })
  })

  test('an answer that is not modified is none to throw', async () => {
    const berth = berthClient({ server: api.url, credential: api.admin })
    const first = await berth.GET('/v1/hosts')
    const headers = { 'if-none-match': first.response.headers.get('etag') ?? '' }
    expect((await berth.GET('/v1/hosts', { headers })).response.status).toBe(304)
  })

  test.each<[why: string, answer: Response, detail: string, retryAfter: number | null]>([
    ['words of a proxy', new Response('Bad Gateway', { status: 502 }), 'Bad Gateway', null],
    [
      'nothing at all',
      new Response('', { status: 503, statusText: 'Busy', headers: { 'retry-after': '7' } }),
      'Busy',
      7,
    ],
  ])('what is not Berth is told by its status: %s', async (_why, answer, detail, retryAfter) => {
    const berth = berthClient({ server: 'http://nobody.invalid', fetch: async () => answer })
    const thrown = await berth.GET('/livez').catch((error: unknown) => error)
    expect(thrown).toMatchObject({ problem: { status: answer.status, detail }, retryAfter })
  })
})

describe('lines of an answer', () => {
  const streamOf = (parts: readonly string[]) =>
    new Response(
      new ReadableStream({
        start(stream) {
          for (const part of parts) stream.enqueue(new TextEncoder().encode(part))
          stream.close()
        },
      }),
    ).body!

  test.each<[why: string, parts: string[], want: unknown[]]>([
    ['whole lines', ['{"a":1}\n{"a":2}\n'], [{ a: 1 }, { a: 2 }]],
    ['torn anywhere', ['{"a"', ':1}\n{', '"a":2}\n'], [{ a: 1 }, { a: 2 }]],
    ['a last one without an end', ['1\n2'], [1, 2]],
    ['none', [], []],
  ])('%s', async (_why, parts, want) => {
    const found: unknown[] = []
    for await (const line of lines(streamOf(parts))) found.push(line)
    expect(found).toEqual(want)
  })

  test('one that is torn for good throws', async () => {
    const all = async () => {
      for await (const _ of lines(streamOf(['{"a":1}\n{"a"']))) continue
    }
    await expect(all()).rejects.toThrow(SyntaxError)
  })
})
