import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listenerOf, MAX_HEADERS, PATIENCE } from '../../../src/http/listener/listener.ts'
import { MAX_URL } from '../../../src/http/listener/request-fault.ts'
import { startApi, type Api } from '../api.ts'

/** Everything that a service sent on one connection until it closed that. */
interface Heard {
  readonly statuses: readonly number[]
  readonly codes: readonly string[]
  readonly text: string
}

/** Opens a connection; `said` sends one part after the other, and waits for nothing. */
function talk(url: string, ...said: readonly string[]): { socket: Socket; heard: Promise<Heard> } {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  for (const part of said) socket.write(part)
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => (text += part))
  const heard = new Promise<Heard>((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () =>
      resolve({
        statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
        codes: [...text.matchAll(/"code":"([a-z-]+)"/g)].map(([, code]) => code ?? ''),
        text,
      }),
    )
  })
  return { socket, heard }
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`
const CLOSE = 'connection: close\r\n'

describe('what is no request yet', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  /** The longest URL that is taken. */
  const path = (length: number) => `/livez?${'x'.repeat(length - '/livez?'.length)}`
  /** A request whose head has that many bytes, as Node counts them: URL, names and values. */
  const head = (size: number) => {
    const others = '/livez' + 'host' + 'x' + 'connection' + 'close' + 'x-filler'
    return get('/livez', `${CLOSE}x-filler: ${'x'.repeat(size - others.length)}\r\n`)
  }

  const many = (last: string) =>
    get('/livez', `${CLOSE}${Array.from({ length: 2100 }, (_, i) => `${i}:\r\n`).join('')}${last}`)
  /** An enrolment with a token that nobody has, in one chunk. */
  const chunked = (encoding: string) => {
    const hints = { machine_id: 'm', hostname: 'h', arch: 'arm64', hardware_model: '' }
    const body = JSON.stringify({ token: `berth_enroll_x_${'x'.repeat(43)}`, ...hints })
    const lines = `host: x\r\n${CLOSE}content-type: application/json\r\ntransfer-encoding: ${encoding}\r\n`
    return `POST /v1/agent/enroll HTTP/1.1\r\n${lines}\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  }

  test.each<[why: string, request: () => string, statuses: number[], codes: string[]]>([
    ['the longest URL', () => get(path(MAX_URL), CLOSE), [400], ['invalid-input', 'unknown-field']],
    ['one byte more', () => get(path(MAX_URL + 1)), [414], ['url-too-long']],
    ['the largest headers', () => head(MAX_HEADERS - 1), [200], []],
    ['one byte more', () => head(MAX_HEADERS), [431], ['headers-too-large']],
    ['no HTTP', () => 'hello\r\n\r\n', [400], ['malformed-request']],
    ['another protocol', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400], ['malformed-request']],
    ['a TLS handshake', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400], ['malformed-request']],
    ['no host', () => `GET /livez HTTP/1.1\r\n${CLOSE}\r\n`, [400], ['malformed-request']],
    ['no host before there had to be one', () => 'GET /livez HTTP/1.0\r\n\r\n', [200], []],
    ['two hosts', () => get('/livez', 'host: y\r\n'), [400], ['malformed-request']],
    ['no version', () => 'GET /livez\r\n\r\n', [400], ['malformed-request']],
    ['an expectation that nobody knows', () => get('/livez', `${CLOSE}expect: more\r\n`), [200], []],
    [
      'a request, and no HTTP behind it',
      () => `${get('/readyz')}hello\r\n\r\n`,
      [200, 400],
      ['malformed-request'],
    ],
    [
      'a request whose connection ends with its answer, and no HTTP behind it',
      () => `${get('/readyz', CLOSE)}hello\r\n\r\n`,
      [200],
      [],
    ],
    ['who takes it for a proxy', () => get('x:443').replace('GET', 'CONNECT'), [405], ['method-not-allowed']],
    [
      'who takes it for a proxy, behind a request',
      () => get('/readyz') + get('x:443').replace('GET', 'CONNECT'),
      [200, 405],
      ['method-not-allowed'],
    ],
    [
      'more headers than Node counts, and one of them twice',
      () => many('host: y\r\n'),
      [400],
      ['malformed-request'],
    ],
    ['as many, each once', () => many(''), [200], []],
    ['an encoding beside chunks', () => chunked('gzip, chunked'), [400], ['malformed-request']],
    ['chunks within chunks', () => chunked('chunked, chunked'), [400], ['malformed-request']],
    ['an encoding that is not chunks', () => chunked('gzip'), [400], ['malformed-request']],
    ['chunks, in other letters', () => chunked('Chunked'), [401], ['bad-enrollment-token']],
    [
      'chunks before there were any',
      () => chunked('chunked').replace('HTTP/1.1', 'HTTP/1.0'),
      [400],
      ['malformed-request'],
    ],
    [
      'two lengths',
      () => `POST /v1/keys HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}`,
      [400],
      ['malformed-request'],
    ],
    [
      'a length and chunks',
      () =>
        `POST /v1/keys HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
      ['malformed-request'],
    ],
    ['a line that goes on', () => get('/livez', 'x-a: b\r\n c\r\n'), [400], ['malformed-request']],
    ['two at once', () => get('/livez') + get('/livez', CLOSE), [200, 200], []],
    [
      'the longest part of a path',
      () => get(`/v1/hosts/${'x'.repeat(200)}`, CLOSE),
      [401],
      ['unauthenticated'],
    ],
    ['one byte more', () => get(`/v1/hosts/${'x'.repeat(201)}`, CLOSE), [400], ['invalid-input', 'too-big']],
    [
      'a path that cannot be decoded',
      () => get('/v1/hosts/%zz', CLOSE),
      [400],
      ['invalid-input', 'invalid-format'],
    ],
  ])('%s', async (_why, request, statuses, codes) => {
    const heard = await talk(api.url, request()).heard
    expect([heard.statuses, heard.codes]).toEqual([statuses, codes])
    const types = [...heard.text.matchAll(/^content-type: ([^;\r]*)/gim)].map(([, type]) => type)
    const ofStatus = (status: number) => `application/${status === 200 ? 'json' : 'problem+json'}`
    expect(types).toEqual(statuses.map(ofStatus))
  })
})

describe('more connections than there may be', () => {
  test('one more is closed at once, and counted; who is connected is answered', async () => {
    const api = await startApi({ listener: listenerOf({ maxConnections: 2 }) })
    onTestFinished(() => api.close())
    const kept = [talk(api.url), talk(api.url)]
    await Promise.all(kept.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))))
    expect((await talk(api.url, get('/livez')).heard).text).toBe('')
    const { socket, heard } = kept[0] as (typeof kept)[0]
    socket.write(get('/metrics', `${CLOSE}authorization: Bearer ${api.admin}\r\n`))
    const { statuses, text } = await heard
    expect(statuses).toEqual([200])
    expect(text).toMatch(/^berth_connections_refused_total 1$/m)
    expect((await talk(api.url, get('/livez', CLOSE)).heard).statuses).toEqual([200])
  })
})

describe('who takes his time', () => {
  let api: Api
  beforeAll(async () => {
    const patience = { ...PATIENCE, headers: 400, request: 800, silence: 1200, look: 20 }
    api = await startApi({ listener: listenerOf({ patience }) })
  })
  afterAll(() => api.close())

  test.each<[why: string, said: string[], statuses: number[]]>([
    ['says nothing', [], [408]],
    ['does not end his headers', ['GET /livez HTTP/1.1\r\nhost: x\r\n'], [408]],
    ['does not end the second ones', [get('/livez'), 'GET /livez HTTP/1.1\r\n'], [200, 408]],
    [
      'does not end his body',
      [
        'POST /v1/agent/enroll HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      ],
      [408],
    ],
    ['is done', [get('/livez', CLOSE)], [200]],
  ])('who %s', async (_why, said, statuses) => {
    const heard = await talk(api.url, ...said).heard
    expect(heard.statuses).toEqual(statuses)
    if (statuses.at(-1) === 408) expect(heard.codes).toEqual(['request-timeout'])
  })

  test('one byte now and then does not help', async () => {
    const { socket, heard } = talk(api.url, 'GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')
    const drip = setInterval(() => socket.write('x'), 20)
    expect((await heard).statuses).toEqual([408])
    clearInterval(drip)
  })

  test('an answer may take longer than a request', async () => {
    const waiting = await startApi({
      listener: listenerOf({ patience: { ...PATIENCE, headers: 50, look: 10 } }),
    })
    const { socket, heard } = talk(waiting.url, get('/livez'))
    await new Promise((resolve) => socket.once('data', resolve))
    const asked = talk(
      waiting.url,
      `GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${waiting.admin}\r\n\r\n`,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(asked.socket.closed).toBe(false)
    await waiting.close()
    expect([(await heard).statuses, (await asked.heard).statuses]).toEqual([[200], [200]])
  })
})

describe('a service that closes', () => {
  const setUp = (grace = PATIENCE.grace) =>
    startApi({ listener: listenerOf({ patience: { ...PATIENCE, grace } }) })

  test.each<[why: string, said: string[], answered: boolean]>([
    ['silent from the beginning', [], false],
    ['within its headers', ['GET /livez HTTP/1.1\r\n'], false],
    ['between two requests', [get('/livez')], true],
    ['within its second request', [get('/livez'), 'GET /livez'], true],
  ])('waits for no connection that is %s', async (_why, said, answered) => {
    const api = await setUp()
    const { socket, heard } = talk(api.url, ...said)
    await new Promise((resolve) => socket.once(answered ? 'data' : 'connect', resolve))
    // The service must have seen it too.
    await fetch(`${api.url}/livez`)
    await api.close()
    expect((await heard).statuses).toEqual(answered ? [200] : [])
  })

  test('answers what is under way, and then lets the connection go', async () => {
    const api = await setUp()
    const token = await api.call({ method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: {} })
    const about = { machine_id: 'm', hostname: 'h', arch: 'arm64', hardware_model: '' }
    const body = { token: token.body.token as string, ...about }
    const { credential } = (await api.call({ method: 'post', path: '/v1/agent/enroll', body })).body
    const bearer = `authorization: Bearer ${credential}\r\n`
    const waits = talk(api.url, get('/v1/agent/assignment?wait=60', bearer))
    const inTime = Date.now() + 10_000
    const metrics = async () => (await api.call({ method: 'get', path: '/metrics', as: api.admin })).text
    while (!/^berth_agents_waiting 1$/m.test(await metrics()) && Date.now() < inTime);
    await api.close()
    expect((await waits.heard).statuses).toEqual([204])
  })

  test('does not wait for ever for who does not end his request', async () => {
    const api = await setUp(100)
    const { socket, heard } = talk(
      api.url,
      `POST /v1/keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.admin}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
    )
    await new Promise((resolve) => socket.once('connect', resolve))
    await fetch(`${api.url}/livez`)
    await api.close()
    expect((await heard).statuses).toEqual([])
  })
})
