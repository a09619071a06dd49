import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mould, type Cast, type Mould } from '../faults/mould.ts'
import {
  fillGoodWorld,
  goodRequests,
  type GoodRequest,
  type GoodWorld,
} from '../faults/statements/good-requests.ts'
import { ROOT } from '../house/source-files.ts'
import { document } from './api.ts'
import { sendRaw } from './raw.ts'

/** What docs/reference/audit.md says that an operation leaves. */
const page = readFileSync(join(ROOT, 'docs/reference/audit.md'), 'utf8')
const DOCUMENTED = new Map(
  [...page.matchAll(/^\| `(\w+)` +\| (`[^|]*`) +\|$/gm)].map(([, operation = '', entries = '']) => [
    operation,
    entries.split(', ').map((one) => one.replaceAll('`', '')),
  ]),
)
/** They change nothing. */
const READS_BY_POST = ['whatIf', 'tryPolicy']

const changing = Object.values(document.paths).flatMap((ops) =>
  Object.entries(ops).flatMap(([method, { operationId }]) => (method === 'get' ? [] : operationId)),
)

let good: Mould<GoodWorld>
let cast: Cast
beforeAll(async () => {
  good = await mould(fillGoodWorld)
  cast = await good.cast()
})
afterAll(async () => {
  await cast.close()
  await good.close()
})

function send(url: string, { method, path, body, headers }: GoodRequest, as: string) {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  const lines = Object.entries({
    host: 'berth',
    connection: 'close',
    ...(as !== '' && { authorization: `Bearer ${as}` }),
    ...(text !== '' && { 'content-type': 'application/json' }),
    ...headers,
    'content-length': Buffer.byteLength(text),
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return sendRaw(url, `${method.toUpperCase()} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`)
}

async function entriesSince({ store }: Cast, seq: number): Promise<string[]> {
  return (await store.audit.list({ after: null, limit: 100 }, { since: seq + 1 })).map(({ action }) => action)
}

async function newest({ store }: Cast): Promise<number> {
  return (await store.audit.last())?.seq ?? 0
}

function requestOf(operation: string): GoodRequest {
  const found = goodRequests(good.world).find(({ name }) => name === operation)
  if (!found) throw new Error(`no good request for ${operation}`)
  return found
}

test('every operation that may change something is in the table, and no other', () => {
  expect([...DOCUMENTED.keys()].sort()).toEqual(
    changing.filter((operation) => !READS_BY_POST.includes(operation)).sort(),
  )
})

describe('a change that was accepted leaves the entries that are documented', () => {
  test.each(changing.filter((operation) => !READS_BY_POST.includes(operation)))('%s', async (operation) => {
    // Whatever it is about may be gone afterwards.
    const own = await good.cast()
    try {
      const before = await newest(own)
      const request = requestOf(operation)
      expect((await send(own.url, request, request.as)).status).toBeLessThan(300)
      expect(await entriesSince(own, before)).toEqual(DOCUMENTED.get(operation))
    } finally {
      await own.close()
    }
  })
})

describe('an attempt that was refused is counted by its operation, and leaves no entry', () => {
  // FleetLock and enrolment know their callers by what they send, not by a credential.
  const guarded = changing.filter((one) => !/^fleetlock/.test(one) && one !== 'enrollAgent')
  const metrics = () => send(cast.url, { ...requestOf('createKey'), method: 'get', path: '/metrics', body: undefined, headers: {} }, good.world.targets.admin) // prettier-ignore
  const countOf = (text: string, status: number) =>
    [
      ...text.matchAll(
        /^berth_http_requests_total\{method="(?:POST|PUT|PATCH|DELETE)".*status="(\d+)"\} (\d+)$/gm,
      ),
    ]
      .filter(([, shown]) => shown === String(status))
      .reduce((sum, [, , count]) => sum + Number(count), 0)

  test.each<[why: string, as: () => string, status: number, operations: string[]]>([
    ['without a credential', () => '', 401, guarded],
    [
      'with a role that is too low',
      () => good.world.targets.viewer,
      403,
      guarded.filter((one) => ![...READS_BY_POST, 'createSession', 'endSession'].includes(one)),
    ],
  ])('%s', async (_why, as, status, operations) => {
    const [before, counted] = [await newest(cast), countOf((await metrics()).body, status)]
    const answers: [operation: string, status: number][] = []
    for (const operation of operations) {
      const { headers, ...request } = anyRequestOf(operation)
      answers.push([operation, (await send(cast.url, { ...request, headers }, as())).status])
    }
    expect(answers.filter(([, answered]) => answered !== status)).toEqual([])
    expect(await entriesSince(cast, before)).toEqual([])
    expect(countOf((await metrics()).body, status) - counted).toBe(operations.length)
  })
})

/** Also for those that a good request does not go by. */
function anyRequestOf(operation: string): GoodRequest {
  if (!READS_BY_POST.includes(operation)) return requestOf(operation)
  const path = operation === 'whatIf' ? '/v1/what-if' : '/v1/policy-trials'
  return { ...requestOf('createKey'), name: operation, path, body: {} }
}
