import { expect } from 'vitest'
import type { FleetlockKind } from '../../src/wire/fleetlock.ts'
import type { Lease } from '../../src/wire/lease.ts'
import type { Api } from './api.ts'
import { sendRaw, type RawAnswer } from './raw.ts'

export const ID = 'c988d2509fdf5cdcbed39037c56406fb'
export const LOCK = 'v1/pre-reboot'
export const UNLOCK = 'v1/steady-state'

export interface Served {
  readonly url: string
  readonly group: string
  /** With a slash at its end. */
  readonly base: string
  readonly etag: string
}

let groups = 0

/** A group that is served, one of its own unless it has a name. */
export async function serve(
  api: Api,
  change: object = {},
  group = `group-${++groups}`,
  etag?: string,
): Promise<Served> {
  const set = await api.call({
    method: 'put',
    path: `/v1/groups/${group}/fleetlock`,
    as: api.admin,
    body: { slots: 1, ttl_seconds: 3600, enabled: true, reason: 'test', ...change },
    headers: etag === undefined ? {} : { 'if-match': etag },
  })
  expect(set.status).toBe(etag === undefined ? 201 : 200)
  const base = set.body.base_url === undefined ? '' : new URL(set.body.base_url).pathname
  return { url: api.url, group, base, etag: set.headers['etag'] ?? '' }
}

export const identity = (id: string, group: string) =>
  JSON.stringify({ client_params: { id, group } }, null, 2)

/** As Zincati sends it: no Content-Type, no User-Agent, indented JSON. */
export const zincati = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nfleet-lock-protocol: true\r\naccept: */*\r\nhost: berth.example\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

export const headed = (path: string, lines: readonly string[], body: string, method = 'POST') =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: berth.example',
    ...lines,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')

const call = (on: Served, path: string, id = ID) =>
  sendRaw(on.url, zincati(on.base + path, identity(id, on.group)))
export const lock = (on: Served, id?: string) => call(on, LOCK, id)
export const unlock = (on: Served, id?: string) => call(on, UNLOCK, id)

export const refusal = (kind: FleetlockKind, value: string) => JSON.stringify({ kind, value })
export const FULL = refusal(
  'failed_lock_semaphore_full',
  'semaphore currently full, all slots are locked already: 1',
)
export const UNKNOWN = refusal('unknown_base_url', 'no FleetLock server answers under this base URL')

export async function holders(api: Api, group: string): Promise<string[]> {
  const path = `/v1/leases?pool=${group}`
  const { items } = (await api.call({ method: 'get', path, as: api.admin })).body as { items: Lease[] }
  return items.map((lease) => lease.holder)
}

export function mustBe(answer: RawAnswer, status: number, body: string): void {
  expect([answer.status, answer.body]).toEqual([status, body])
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(body)))
  expect(answer.headers['content-type']).toBe(body === '' ? undefined : 'application/json; charset=utf-8')
}

/** What of a base URL nobody may see. */
export function secretIn(base: string): string {
  return /_([0-9a-f]{64})\//.exec(base)?.[1] ?? 'no secret'
}
