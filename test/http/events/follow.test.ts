import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { buildApp } from '../../../src/http/build-app.ts'
import type { WaitingClock } from '../../../src/http/rollouts/assignments.ts'
import { signerOf } from '../../../src/http/signing/signer.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { startApi, type Api } from '../api.ts'
import { createKey, enroll } from '../fixtures.ts'
import { signedIn } from '../pages/browser.ts'
import { follow, type EventReader } from './event-reader.ts'

describe('following events', () => {
  let api: Api
  let as: Record<string, string>
  const open: EventReader[] = []
  beforeEach(async () => {
    api = await startApi({ waiting: clock })
    as = { authorization: `Bearer ${api.admin}` }
  })
  afterEach(async () => {
    for (const reader of open.splice(0)) reader.leave()
    // fetch opens connections that it never uses; no server takes those for idle.
    api.app.server.closeAllConnections()
    await api.close()
  })

  /** Waits as long as it is told, at a hundredth of the time; what is due is looked at whenever it moves on. */
  const clock: WaitingClock = {
    now: () => performance.now() * 100,
    after: (ms, wake) => {
      const timer = setTimeout(wake, ms / 100)
      return () => clearTimeout(timer)
    },
    sliceMs: 2000,
  }
  const listen = async (query = '', headers = as, base = api.url) => {
    const reader = await follow(base, query, headers)
    open.push(reader)
    return reader
  }

  test('what happens comes at once, with a number to come again with', async () => {
    const reader = await listen()
    expect([reader.status, reader.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ])
    const { id } = await enroll(api)
    expect(await reader.next()).toMatchObject({ kind: 'enrolled', host: id })
    expect(reader.last()).toBe('1')
  })

  test('a connection on which nothing happens is kept alive', async () => {
    const reader = await listen('?host=host_00000000000000000000000000')
    const end = reader.next()
    await enroll(api)
    await vi.waitUntil(() => reader.text().includes(': still here'), { timeout: 30_000 })
    // Nothing of it was wanted; who comes again does not have it read again.
    await vi.waitUntil(() => reader.last() === '1', { timeout: 30_000 })
    await api.app.close()
    expect(await end).toBeNull()
  })

  test('who was away gets what happened meanwhile, each once, whoever of two wrote it', async () => {
    const store = await openStore(api.databaseUrl)
    const parts = { config: { ...readConfig({}), rateLimit: 100_000 }, log: pino({ level: 'silent' }) }
    const other = await buildApp({
      ...{ ...parts, store, now: () => api.clock.now, signer: signerOf([]), waiting: clock },
    })
    const otherUrl = await other.listen({ host: '127.0.0.1', port: 0 })
    const token = await api.call({
      ...{ method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: { uses: 100 } },
    })
    const hosts: string[] = []
    const write = async (base: string, name: string) => {
      for (let i = 0; i < 20; i++) {
        const answer = await fetch(`${base}/v1/agent/enroll`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            ...{ token: token.body.token, machine_id: `${name}-${i}`, hostname: name },
            ...{ arch: 'x86_64', hardware_model: '' },
          }),
        })
        hosts.push(((await answer.json()) as { host: string }).host)
      }
    }
    let last = '0'
    const seen: string[] = []
    const hear = async () => {
      for (let turn = 0; seen.length < 40; turn++) {
        const base = turn % 2 === 0 ? api.url : otherUrl
        const reader = await listen('', { ...as, 'last-event-id': last }, base)
        for (let i = 0; i < 7 && seen.length < 40; i++) {
          const event = await reader.next()
          seen.push(event?.host ?? '')
          last = event?.id ?? last
        }
        reader.leave()
      }
    }
    await Promise.all([write(api.url, 'one'), write(otherUrl, 'two'), hear()])
    expect(new Set(seen).size).toBe(40)
    expect([...seen].sort()).toEqual([...hosts].sort())
    other.server.closeAllConnections()
    await other.close()
    await store.close()
  })

  test('a page follows with its session, which is good for nothing else here', async () => {
    const browser = await signedIn(api)
    const cookie = `berth_session=${browser.cookies['berth_session']}`
    expect((await listen('?follow=false', { cookie })).status).toBe(200)
    expect((await fetch(`${api.url}/v1/hosts`, { headers: { cookie } })).status).toBe(401)
    const key = { cookie: `berth_session=${api.admin}` }
    expect((await listen('?follow=false', key)).status).toBe(401)
  })

  test.each<[why: string, end: (key: string) => Promise<unknown>]>([
    [
      'its key is revoked',
      async (key) => {
        const id = `key_${key.split('_')[2]}`
        await api.call({ method: 'delete', path: `/v1/keys/${id}`, as: api.admin })
      },
    ],
    ['the service closes', () => api.app.close()],
  ])('ends when %s', async (_why, end) => {
    const key = await createKey(api, 'viewer')
    const reader = await listen('', { authorization: `Bearer ${key}` })
    await end(key)
    expect(await reader.next()).toBeNull()
  })

  test('who leaves is not waited for', async () => {
    const reader = await listen()
    reader.leave()
    await api.app.close()
  })
})
