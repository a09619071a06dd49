import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../../../src/wire/event.ts'
import { startApi, type Api } from '../api.ts'
import { enroll, type EnrolledHost } from '../fixtures.ts'
import { rolling, voices } from '../rolling.ts'

describe('events', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const read = (query: string, headers: Record<string, string> = {}) =>
    api.call({ method: 'get', path: `/v1/events?follow=false${query}`, as: api.admin, headers })
  const eventsOf = (text: string): Event[] =>
    [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Event)
  const kindsOf = async (query: string) => eventsOf((await read(query)).text).map(({ kind }) => kind)
  const lastId = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? ''

  test('without a place to begin are those from now on, and say where that is', async () => {
    await enroll(api)
    const now = await read('')
    expect([now.status, now.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(eventsOf(now.text)).toEqual([])
    const { id } = await enroll(api)
    expect(await kindsOf(`&after=${lastId(now.text)}`)).toEqual(['enrolled'])
    const [told] = eventsOf((await read(`&after=${lastId(now.text)}`)).text)
    expect(told).toMatchObject({ host: id, rollout: null, target: id, detail: 'as node-1' })
    const header = await read('&after=0', { 'last-event-id': lastId(now.text) })
    expect(eventsOf(header.text)).toEqual([told])
  })

  test('of a rollout and of a host are what happened to it, and nothing else', async () => {
    const { hosts, rollout } = await rolling(api, 1)
    const [host] = hosts as [EnrolledHost]
    await rolling(api, 1)
    await v.ask(host)
    await v.tell(rollout, 'pause')
    expect(await kindsOf(`&after=0&rollout=${rollout}`)).toEqual([
      ...[
        'rollout.create',
        'rollout.submit',
        'lease.acquire',
        'rollout-grant',
        'plan-assigned',
        'rollout.pause',
      ],
    ])
    const ofHost = await kindsOf(`&after=0&host=${host.id}`)
    expect(ofHost).toEqual(expect.arrayContaining(['enrolled', 'snapshot', 'lease.acquire', 'rollout-grant']))
    expect(ofHost).not.toContain('rollout.pause')
  })

  test('of a FleetLock client are of no rollout and of no host, whatever it is called', async () => {
    const path = '/v1/groups/named/fleetlock'
    const body = { slots: 9, ttl_seconds: 3600, enabled: true, reason: 'test' }
    const made = await api.call({ method: 'put', path, as: api.admin, body })
    const lock = `${new URL(made.body.base_url).pathname}v1/pre-reboot`
    const from = lastId((await read('')).text)
    const ids = ['roll_call', 'host_a', `roll_${'0'.repeat(26)}`, `host_${'U'.repeat(26)}`]
    for (const id of ids) {
      const asked = {
        headers: { 'fleet-lock-protocol': 'true' },
        body: { client_params: { id, group: 'named' } },
      }
      expect((await api.call({ method: 'post', path: lock, ...asked })).status).toBe(200)
    }
    const told = eventsOf((await read(`&after=${from}`)).text)
    const of = told.map(({ kind, target, host, rollout }) => [kind, target, host, rollout])
    expect(of).toEqual(ids.map((id) => ['lease.acquire', id, null, null]))
  })

  test('tell of a pause, of its hosts, and of a host that goes after its timeline has gone', async () => {
    const { id } = await enroll(api, { group: 'leaving' })
    const from = lastId((await read('')).text)
    const path = '/v1/pauses/group:leaving'
    await api.call({ method: 'put', path, as: api.admin, body: { reason: 'cold aisle' } })
    const headers = { 'if-match': '*' }
    await api.call({ method: 'delete', path: `/v1/hosts/${id}`, as: api.admin, headers })
    const told = eventsOf((await read(`&after=${from}`)).text)
    expect(told.map(({ kind, host, target }) => [kind, host, target])).toEqual([
      ['paused', id, id],
      ['pause.set', null, 'group:leaving'],
      ['host.delete', id, id],
    ])
    expect(told[1]?.detail).toBe('cold aisle')
  })

  test('say nothing of what only admins may see', async () => {
    const from = lastId((await read('')).text)
    await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body: { role: 'viewer', name: 'x' } })
    await api.call({ method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: {} })
    expect(await kindsOf(`&after=${from}`)).toEqual([])
  })

  test('of another database begin anew, and say that something is missing', async () => {
    const now = lastId((await read('')).text)
    const told = eventsOf((await read('&after=999999999')).text)
    expect(told.map(({ kind, id }) => [kind, id])).toEqual([['gap', now]])
  })

  test.each([
    ['no number', 'after=x'],
    ['a negative one', 'after=-1'],
    ['more digits than there are events', 'after=1234567890123456'],
  ])('a place that is %s is refused', async (_why, query) => {
    const { status, body } = await read(`&${query}`)
    expect([status, body.errors[0].pointer]).toEqual([400, 'query/after'])
  })
})
