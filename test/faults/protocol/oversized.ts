import type { Config } from '../../../src/config.ts'
import { MAX_HEADERS } from '../../../src/http/listener/listener.ts'
import { MAX_URL } from '../../../src/http/listener/request-fault.ts'
import { got, posted, request } from './bytes.ts'
import { refusedFaults } from './judge.ts'
import type { Stage } from './stage.ts'
import { talk } from './talk.ts'

/** Units: bytes. What a body may have in these services, so that what is larger is quickly said. */
const BODY_LIMIT = 32 * 1024
export const SMALL: Partial<Config> = { bodyLimit: BODY_LIMIT }

const KEYS = '/v1/keys'
const name = (length: number) => ({ role: 'viewer', name: 'x'.repeat(length) })

/** Everything that has a size, far beyond it: how it is refused. */
const OVERSIZED: readonly (readonly [
  why: string,
  said: (stage: Stage) => string,
  statuses: readonly number[],
])[] = [
  ['a URL', ({ world: { admin } }) => got(`/${'x'.repeat(2 * MAX_URL)}`, admin, 'x'), [414]],
  [
    'a URL beyond all headers',
    ({ world: { admin } }) => got(`/${'x'.repeat(2 * MAX_HEADERS)}`, admin, 'x'),
    [431],
  ],
  [
    'one header',
    ({ world: { admin } }) => got('/livez', admin, 'x', `x-a: ${'x'.repeat(2 * MAX_HEADERS)}`),
    [431],
  ],
  ['a request id', ({ world: { admin } }) => got('/livez', admin, 'x'.repeat(MAX_HEADERS)), [431]],
  ['a credential', () => got('/livez', 'x'.repeat(MAX_HEADERS), 'x'), [431]],
  [
    'headers by number',
    ({ world: { admin } }) => got('/livez', admin, 'x', ...Array.from({ length: 9000 }, (_, i) => `a${i}:`)),
    [431],
  ],
  ['a body', (stage) => sized(stage, 2 * BODY_LIMIT), [413]],
  ['a body by one byte', (stage) => sized(stage, BODY_LIMIT + 1), [413]],
  [
    'a body that is only said to be',
    (stage) => sized(stage, 64).replace(/content-length: \d+/, 'content-length: 999999999999'),
    [413],
  ],
  ['a body in chunks', (stage) => inChunks(sized(stage, 2 * BODY_LIMIT)), [413]],
  ['a line without an end', () => 'x'.repeat(100_000), [400]],
  [
    'a header without an end',
    () => request('GET /livez HTTP/1.1', []).replace('\r\n\r\n', `\r\nx-a: ${'x'.repeat(100_000)}`),
    [431],
  ],
]

function sized({ world: { admin } }: Stage, bytes: number): string {
  const rest = JSON.stringify(name(0)).length
  return posted({ path: KEYS, as: admin, id: 'oversized', body: name(bytes - rest) })
}

function inChunks(said: string): string {
  const [head = '', body = ''] = said.split('\r\n\r\n')
  const line = head.replace(/content-length: \d+/, 'transfer-encoding: chunked')
  return `${line}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
}

/** Each is refused as what it is. What can be read to its end leaves the connection open: the client closes it. */
export async function oversized(stage: Stage): Promise<void> {
  for (const [why, said, statuses] of OVERSIZED) {
    const { socket, heard, answers } = talk(stage.url, said(stage))
    await answers(1).catch(() => {})
    socket.end()
    const what = await heard
    stage.ledger.faults++
    stage.ledger.requests++
    stage.ledger.wrong.push(...refusedFaults([], what, statuses).map((one) => `oversized, ${why}: ${one}`))
  }
}
