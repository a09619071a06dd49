import Libsql from 'libsql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startApi, type Api } from './api.ts'
import { createEntry, createPlan, enroll, snapshotOf, X86, type EnrolledHost } from './fixtures.ts'

/**
 * How many statements a request costs, who asks and the Idempotency-Key included; BEGIN and COMMIT are not counted. These are the
 * numbers of today: one that falls is written down here, one that rises has to say why.
 */
let api: Api
let host: EnrolledHost
let entry: string
let statements = 0

/** Looks for somebody who may go that are under way. */
let looks = 0
const waiting = {
  // It stands still: nobody looks again because he has not for long.
  now: () => 0,
  after: (ms: number, wake: () => void) => {
    const timer = setTimeout(wake, ms)
    return () => clearTimeout(timer)
  },
  sliceMs: 2000,
  hold: () => {
    looks += 1
    return () => void (looks -= 1)
  },
}

beforeAll(async () => {
  const prototype = Object.getPrototypeOf(new Libsql(':memory:').prepare('SELECT 1')) as Libsql.Statement
  for (const way of ['all', 'run'] as const) {
    const real = prototype[way] as (...args: unknown[]) => unknown
    vi.spyOn(prototype, way).mockImplementation(function (this: Libsql.Statement, ...args: unknown[]) {
      statements += 1
      return real.apply(this, args) as never
    })
  }
  api = await startApi({ waiting })
  host = await enroll(api)
  entry = await createEntry(api)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await api.close()
})

let keys = 0

async function counted(method: string, path: string, of: { as?: string; body?: unknown } = {}) {
  const headers: Record<string, string> = method === 'post' ? { 'idempotency-key': `key-${++keys}` } : {}
  const writes = method === 'post'
  statements = 0
  const response = await api.call({ method, path, as: host.credential, headers, ...of })
  // After a write the service looks whether somebody who waits may go.
  if (writes) await vi.waitUntil(() => looks === 0)
  return { count: statements, status: response.status, body: response.body }
}

test('statements a request', async () => {
  const snapshots = `/v1/hosts/${host.id}/snapshots`
  const posted = (boot: string, query = '') =>
    counted('post', `${snapshots}${query}`, { body: snapshotOf(X86, boot) })
  const first = await posted('b1', `?plan=${entry}`)
  const later = await posted('b2', `?plan=${entry}`)
  const alone = await posted('b3')
  const again = await posted('b3')
  // What everybody who asks goes by is read for the first of them.
  await counted('get', '/v1/agent/assignment')
  const idle = await counted('get', '/v1/agent/assignment')
  const plan = await createPlan(api, host, { boot_entry: entry })
  const assigned = await counted('post', `/v1/plans/${plan}/assign`, { as: api.admin })
  const handed = await counted('get', '/v1/agent/assignment')
  const body = { plan, phase: 'loaded', boot_id: 'b3' }
  const report = await counted('post', '/v1/agent/reports', { body })
  const read = await counted('get', `/v1/plans/${plan}`, { as: api.admin })
  const map = await counted('get', `${snapshots}/${String(alone.body.id)}/map`, { as: api.admin })
  expect({
    'a first snapshot, with its plan': [first.status, first.count],
    'the next, with its plan': [later.status, later.count],
    'one without a plan': [alone.status, alone.count],
    'one that is known': [again.status, again.count],
    'a poll with nothing to do': [idle.status, idle.count],
    'an assignment': [assigned.status, assigned.count],
    'a poll that gets it': [handed.status, handed.count],
    'a report': [report.status, report.count],
    'a plan': [read.status, read.count],
    'a map': [map.status, map.count],
  }).toEqual({
    // And of its kind: a basis is looked for, and made.
    'a first snapshot, with its plan': [201, 23],
    'the next, with its plan': [201, 15],
    'one without a plan': [201, 8],
    'one that is known': [200, 6],
    'a poll with nothing to do': [204, 1],
    'an assignment': [200, 16],
    'a poll that gets it': [200, 4],
    'a report': [200, 11],
    'a plan': [200, 2],
    'a map': [200, 8],
  })
})
