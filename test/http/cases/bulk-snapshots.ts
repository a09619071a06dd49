import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../../src/store/open-store.ts'
import { MAX_BULK_LINES, type BulkResult, type BulkSummary } from '../../../src/wire/bulk-snapshot.ts'
import { linesOf, startApi, type Api } from '../api.ts'
import { ARM64, createEntry, createKey, createPlan, enroll, post, snapshotOf, X86 } from '../fixtures.ts'

type Summary = BulkSummary['summary']

const PATH = '/v1/snapshots/bulk'
const NDJSON = { 'content-type': 'application/x-ndjson' }
const NOBODY = `host_${'0'.repeat(26)}`

async function bulk(api: Api, lines: readonly unknown[], as = api.admin) {
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  const response = await api.call({ method: 'post', path: PATH, as, body, headers: NDJSON })
  expect([response.status, response.headers['content-type']]).toEqual([
    200,
    'application/x-ndjson; charset=utf-8',
  ])
  const all = linesOf(response.text)
  const { summary } = all.at(-1) as { summary: Summary }
  const results = all.slice(0, -1) as BulkResult[]
  return { results, summary, codes: results.map(({ status, problem }) => `${status} ${problem?.code ?? ''}`) }
}

describe('snapshots in bulk', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const list = async (id: string) =>
    (await api.call({ method: 'get', path: `/v1/hosts/${id}/snapshots`, as: api.admin })).body.items
  const seen = async (id: string) => {
    const timeline = await api.call({ method: 'get', path: `/v1/hosts/${id}/timeline`, as: api.admin })
    return timeline.body.items.map((e: { kind: string; detail: string }) => `${e.kind} ${e.detail}`)
  }

  test('a line is what a post of its own would have been: rows, timeline and audit', async () => {
    const [one, other] = [await enroll(api), await enroll(api)]
    await post(api, one, snapshotOf(X86))
    await post(api, one, snapshotOf(X86, 'boot-2'))
    const { results, summary } = await bulk(api, [
      { host: other.id, ...snapshotOf(X86) },
      { host: other.id, ...snapshotOf(X86, 'boot-2') },
    ])
    expect(summary).toEqual({ results: 2, created: 2, known: 0, failed: 0 })
    expect(results.map(({ line, status, host }) => [line, status, host])).toEqual([
      [1, 201, other.id],
      [2, 201, other.id],
    ])
    const [alone, among] = [await list(one.id), await list(other.id)]
    const plain = (items: readonly object[]) => items.map((item) => ({ ...item, id: '', host: '' }))
    expect(plain(among)).toEqual(plain(alone))
    expect(among.map(({ id }: { id: string }) => id)).toEqual(results.map(({ snapshot }) => snapshot))
    expect((await seen(other.id)).slice(1)).toEqual((await seen(one.id)).slice(1))
    const audit = await api.call({
      method: 'get',
      path: `/v1/audit?target=${results[0]?.snapshot}`,
      as: api.admin,
    })
    expect(audit.body.items).toMatchObject([{ action: 'snapshot.create', detail: { host: other.id } }])
  })

  test('what is known is 200 with the first one, also within one request', async () => {
    const host = await enroll(api, { machine_id: 'known' })
    const line = { machine_id: 'known', ...snapshotOf(X86) }
    const { results, summary } = await bulk(api, [line, line])
    expect(results.map(({ status, snapshot }) => [status, snapshot])).toEqual([
      [201, results[0]?.snapshot],
      [200, results[0]?.snapshot],
    ])
    expect(summary).toEqual({ results: 2, created: 1, known: 1, failed: 0 })
    expect(await list(host.id)).toHaveLength(1)
  })

  test('it judges the plan that was in flight', async () => {
    const host = await enroll(api)
    await post(api, host, snapshotOf(X86))
    const plan = await createPlan(api, host, { boot_entry: await createEntry(api) })
    await api.call({ method: 'post', path: `/v1/plans/${plan}/assign`, as: api.admin })
    const report = { plan, phase: 'loaded', boot_id: 'boot-1' }
    await api.call({ method: 'post', path: '/v1/agent/reports', as: host.credential, body: report })
    const { results } = await bulk(api, [{ host: host.id, ...snapshotOf(X86, 'boot-2') }])
    const [, second] = await list(host.id)
    expect([second.id, second.landing.plan]).toEqual([results[0]?.snapshot, plan])
  })

  test('a bad line loses no other, and says what it would have been told alone', async () => {
    const host = await enroll(api)
    const arm = await enroll(api, { arch: 'arm64' })
    const good = (boot: string) => ({ host: host.id, ...snapshotOf(X86, boot) })
    const { results, codes, summary } = await bulk(api, [
      good('b1'),
      '{"host":',
      good('b2'),
      { host: host.id, ...snapshotOf(X86, 'b', { iomem: '0000-' }) },
      { host: arm.id, ...snapshotOf(X86) },
      good('b3'),
      { host: NOBODY, ...snapshotOf(X86) },
      { host: arm.id, ...snapshotOf(ARM64) },
    ])
    expect(codes).toEqual([
      ...['201 ', '400 malformed-body', '201 ', '400 bad-snapshot', '422 arch-mismatch', '201 '],
      ...['404 not-found', '201 '],
    ])
    expect(results.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(results[3]).toMatchObject({
      host: host.id,
      snapshot: null,
      problem: { errors: [{ pointer: '/files/iomem', file: 'iomem', line: 1 }] },
    })
    expect(summary).toEqual({ results: 8, created: 4, known: 0, failed: 4 })
    expect([await list(host.id), await list(arm.id)].map((items) => items.length)).toEqual([3, 1])
  })

  const deep = `${'['.repeat(40)}${']'.repeat(40)}`
  test.each<[why: string, line: string, code: string, pointer?: string]>([
    ['no JSON', 'x', '400 malformed-body'],
    ['two values', '{} {}', '400 malformed-body'],
    ['nested without end', `{"files":${deep}}`, '400 malformed-body'],
    ['a prototype', '{"__proto__":{"host":"x"}}', '400 malformed-body'],
    ['no object', '[]', '400 invalid-input', '/'],
    ['null', 'null', '400 invalid-input', '/'],
    ['nobody', JSON.stringify(snapshotOf(X86)), '400 invalid-input', '/'],
    [
      'two hosts',
      JSON.stringify({ host: NOBODY, machine_id: 'm', ...snapshotOf(X86) }),
      '400 invalid-input',
      '/',
    ],
    ['a host of another form', '{"host":"web-7","boot_id":"b","files":{}}', '400 invalid-input', '/host'],
    [
      'an unknown file',
      `{"host":"${NOBODY}","boot_id":"b","files":{"shadow":""}}`,
      '400 invalid-input',
      '/files/shadow',
    ],
    [
      'text that no database keeps',
      `{"host":"${NOBODY}","boot_id":"b","files":{"uname":"\\u0000"}}`,
      '400 invalid-input',
      '/files/uname',
    ],
  ])('a line of %s is refused with its place, and the next is read', async (_why, line, code, pointer) => {
    const host = await enroll(api)
    const { results, codes } = await bulk(api, [line, { host: host.id, ...snapshotOf(X86) }])
    expect(codes).toEqual([code, '201 '])
    expect(results[0]?.problem?.errors?.[0]?.pointer).toBe(pointer)
  })

  test('bytes that are no UTF-8 are refused, and the next line is read', async () => {
    const host = await enroll(api)
    const good = Buffer.from(`${JSON.stringify({ host: host.id, ...snapshotOf(X86) })}\n`)
    const sent = await poured(api, [Buffer.from([0x22, 0xff, 0x22, 0x0a]), good])
    expect(sent.lines.map((line) => (line as BulkResult).status)).toEqual([400, 201, undefined])
  })

  test.each<[why: string, text: string, results: number]>([
    ['nothing at all', '', 0],
    ['lines without anything', '\n \r\n\t\n', 0],
    ['a last line that does not end', 'x\ny', 2],
  ])('%s: a result for every line that says anything', async (_why, text, results) => {
    const { lines } = await poured(api, [Buffer.from(text)])
    expect(lines.at(-1)).toEqual({ summary: { results, created: 0, known: 0, failed: results } })
    expect(lines).toHaveLength(results + 1)
  })

  test('of more lines than it takes the rest is not read', async () => {
    const { results, summary } = await bulk(
      api,
      Array.from({ length: MAX_BULK_LINES + 5 }, () => 'x'),
    )
    expect(results.at(-1)).toMatchObject({ line: MAX_BULK_LINES + 1, problem: { code: 'body-too-large' } })
    expect(summary.results).toBe(MAX_BULK_LINES + 1)
  })

  test('who sends one line and waits gets its result before the next', async () => {
    const host = await enroll(api)
    const { send, end, next } = pouring(api)
    for (const boot of ['b1', 'b2', 'b3']) {
      send(`${JSON.stringify({ host: host.id, ...snapshotOf(X86, boot) })}\n`)
      expect(await next()).toMatchObject({ status: 201 })
    }
    end()
    expect(await next()).toMatchObject({ summary: { created: 3 } })
  })

  test('who hangs up within a line has stored what came before it', async () => {
    const host = await enroll(api)
    const { send, next, abort } = pouring(api)
    send(`${JSON.stringify({ host: host.id, ...snapshotOf(X86, 'whole') })}\n`)
    await next()
    send(JSON.stringify({ host: host.id, ...snapshotOf(X86, 'torn') }))
    abort()
    const after = await enroll(api)
    await bulk(api, [{ host: after.id, ...snapshotOf(X86) }])
    expect((await list(host.id)).map((s: { boot_id: string }) => s.boot_id)).toEqual(['whole'])
  })

  test('JSON is another route’s body, and a host posts its own: 415, 403', async () => {
    const { credential } = await enroll(api)
    const body = { boot_id: 'b', files: {} }
    const asJson = await api.call({ method: 'post', path: PATH, as: api.admin, body })
    expect([asJson.status, asJson.body.code]).toEqual([415, 'unsupported-media-type'])
    for (const as of [credential, await createKey(api, 'viewer')]) {
      const refused = await api.call({ method: 'post', path: PATH, as, body: '', headers: NDJSON })
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    }
  })
})

describe('snapshots in bulk, in trouble', () => {
  test('a line longer than a body may be is refused, and the next is read', async () => {
    const api = await startApi({ config: { bodyLimit: 200_000 } })
    const host = await enroll(api)
    const good = { host: host.id, ...snapshotOf(X86) }
    const { codes } = await bulk(api, [good, 'x'.repeat(200_001), { ...good, boot_id: 'boot-2' }])
    expect(codes).toEqual(['201 ', '413 body-too-large', '201 '])
    await api.close()
  })

  test('a line that fails for a reason of its own takes no other of its transaction along', async () => {
    let failing = ''
    const broken = (store: Store): Store => ({
      ...store,
      write: (work, told) =>
        store.write((rows) => {
          const of: typeof rows.postings.of = async (asked) => {
            if ('id' in asked.host && asked.host.id === failing) throw new Error('broken')
            return rows.postings.of(asked)
          }
          return work({ ...rows, postings: { of } })
        }, told),
    })
    const api = await startApi({ broken })
    const hosts = [await enroll(api), await enroll(api), await enroll(api)]
    failing = hosts[1]?.id ?? ''
    const { codes, results } = await bulk(
      api,
      hosts.map(({ id }) => ({ host: id, ...snapshotOf(X86) })),
    )
    expect(codes).toEqual(['201 ', '500 internal', '201 '])
    expect(JSON.stringify(results)).not.toContain('broken')
    await api.close()
  })
})

/** A request whose lines are sent and answered one by one. */
function pouring(api: Api) {
  const headers = { ...NDJSON, authorization: `Bearer ${api.admin}` }
  const asked = httpRequest(`${api.url}${PATH}`, { method: 'POST', headers })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve)
    asked.on('error', reject)
  })
  answered.catch(() => {})
  async function* read(): AsyncGenerator<unknown> {
    let rest = ''
    for await (const text of (await answered).setEncoding('utf8') as AsyncIterable<string>) {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line)
    }
  }
  const lines = read()
  return {
    send: (text: string | Uint8Array) => void asked.write(text),
    end: () => void asked.end(),
    abort: () => void asked.destroy(),
    next: async () => (await lines.next()).value,
    lines,
  }
}

async function poured(api: Api, parts: readonly Uint8Array[]): Promise<{ lines: unknown[] }> {
  const { send, end, lines } = pouring(api)
  for (const part of parts) if (part.length > 0) send(part)
  end()
  const all: unknown[] = []
  for await (const line of lines) all.push(line)
  return { lines: all }
}
