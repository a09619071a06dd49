import { createHmac, generateKeyPairSync } from 'node:crypto'
import { Webhook as Verifying } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { signerOf } from '../../../src/http/signing/signer.ts'
import { deliverDue } from '../../../src/http/webhooks/deliver.ts'
import { secretBox } from '../../../src/http/webhooks/secret-box.ts'
import { WebhookMessage } from '../../../src/wire/webhook.ts'
import { startApi, type Api } from '../api.ts'
import { enroll } from '../fixtures.ts'

const signer = signerOf([generateKeyPairSync('ed25519').privateKey])

interface Got {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
  readonly init: RequestInit
}

describe('deliveries', () => {
  let api: Api
  let got: Got[]
  /** What the receiver answers, one after the other; 204 where nothing is left. */
  let answers: (number | Response | Error)[]
  let closing: AbortController
  beforeEach(async () => {
    api = await startApi({ signer })
    got = []
    answers = []
    closing = new AbortController()
  })
  afterEach(() => api.close())

  const receive = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const headers = init.headers as Record<string, string>
    got.push({ url: String(input), headers, body: String(init.body), init })
    const answer = answers.shift() ?? 204
    if (answer instanceof Error) throw answer
    return typeof answer === 'number' ? new Response(null, { status: answer }) : answer
  }
  const step = (more: object = {}) =>
    deliverDue({
      ...{ store: api.store, now: () => api.clock.now, fetch: receive as typeof fetch, chance: () => 0 },
      ...{ secrets: secretBox(signer), closing: closing.signal },
      ...more,
    })
  const later = (seconds: number) => {
    api.clock.now = new Date(api.clock.now.getTime() + seconds * 1000)
  }
  const call = async (method: string, path: string, body?: object) =>
    (await api.call({ method, path: `/v1/webhooks${path}`, as: api.admin, body })).body
  const create = async (more: object = {}) =>
    (await call('post', '', { url: 'https://hooks.example/a', reason: 'test', ...more })) as {
      id: string
      secret: string
    }
  /** Each is of a group of its own: a pause that is changed would want an If-Match. */
  const pause = async (reason: string, group = reason.replace(' ', '-')) => {
    const path = `/v1/pauses/group:${group}`
    const { status } = await api.call({ method: 'put', path, as: api.admin, body: { reason } })
    expect(status).toBe(201)
  }
  const messages = () => got.map(({ body }) => WebhookMessage.parse(JSON.parse(body)))
  const details = () => messages().map(({ data }) => ('detail' in data ? data.detail : null))

  test('are signed as Standard Webhooks has it, and are the events of the stream', async () => {
    const { id, secret } = await create()
    await pause('cold aisle')
    await step()
    const [{ url, headers, body, init }] = got as [Got]
    expect([url, init.method, init.redirect, got.length]).toEqual([
      'https://hooks.example/a',
      'POST',
      'manual',
      1,
    ])
    const { 'webhook-id': message, 'webhook-timestamp': at, 'webhook-signature': signature } = headers
    expect(at).toBe(String(api.clock.now.getTime() / 1000))
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const hmac = createHmac('sha256', key).update(`${message}.${at}.${body}`).digest('base64')
    expect(signature).toBe(`v1,${hmac}`)
    const stream = await api.call({ method: 'get', path: '/v1/events?follow=false&after=0', as: api.admin })
    const data = JSON.parse(/^data: (.*)$/m.exec(stream.text)?.[1] ?? '')
    expect(JSON.parse(body)).toEqual({ type: 'pause.set', timestamp: data.at, data })
    const shown = await call('get', `/${id}`)
    expect(shown).toMatchObject({ state: 'active', position: data.id, failures: 0, next_attempt_at: null })
    expect(shown.last_delivery).toMatchObject({ message, outcome: 'delivered', status: 204, attempt: 1 })
  })

  test('are taken by a receiver that checks them with the library', async () => {
    const { secret } = await create()
    await pause('x')
    await step({ now: () => new Date() })
    const [{ body, headers }] = got as [Got]
    expect(new Verifying(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new Verifying(secret).verify(`${body} `, headers)).toThrow()
  })

  test('come in order, each once, and begin with what happens after the webhook was made', async () => {
    await pause('before')
    await create()
    for (const reason of ['one', 'two', 'three']) await pause(reason)
    await step()
    await step()
    expect(details()).toEqual(['one', 'two', 'three'])
  })

  test('stop at the one that fails, and it comes again first, with the same id and another timestamp', async () => {
    const { id } = await create()
    for (const reason of ['one', 'two', 'three']) await pause(reason)
    answers = [200, 503]
    await step()
    expect(details()).toEqual(['one', 'two'])
    expect(await call('get', `/${id}`)).toMatchObject({
      failures: 1,
      next_attempt_at: new Date(api.clock.now.getTime() + 5000).toISOString(),
      last_delivery: { outcome: 'failed', status: 503, detail: 'answered 503' },
    })
    later(4.999)
    await step()
    expect(got).toHaveLength(2)
    later(0.001)
    await step()
    expect(details()).toEqual(['one', 'two', 'two', 'three'])
    const [, second, again] = got as [Got, Got, Got]
    expect(again.headers['webhook-id']).toBe(second.headers['webhook-id'])
    expect(again.headers['webhook-timestamp']).not.toBe(second.headers['webhook-timestamp'])
    const { items } = await call('get', `/${id}/deliveries?order=newest`)
    expect(items.map((d: { attempt: number; outcome: string }) => [d.attempt, d.outcome])).toEqual([
      [1, 'delivered'],
      [2, 'delivered'],
      [1, 'failed'],
      [1, 'delivered'],
    ])
  })

  test.each<[why: string, answer: () => number | Response | Error, detail: string]>([
    ['a redirect', () => 302, 'answered 302'],
    ['a refusal', () => 404, 'answered 404'],
    [
      'no answer',
      () => new Error('fetch failed', { cause: new Error('connect refused') }),
      'no answer: connect refused',
    ],
    [
      'a time-out',
      () => new DOMException('The operation was aborted', 'TimeoutError'),
      'no answer: The operation was aborted',
    ],
  ])('%s is a failure, and is shown', async (_why, answer, detail) => {
    const { id } = await create()
    await pause('x')
    answers = [answer()]
    await step()
    const { state, failures, last_delivery } = await call('get', `/${id}`)
    expect([state, failures, last_delivery.detail]).toEqual(['active', 1, detail])
  })

  test.each<[why: string, value: (now: Date) => string, seconds: number]>([
    ['seconds', () => '90', 90],
    ['a date', (now) => new Date(now.getTime() + 120_000).toUTCString(), 120],
    ['nonsense', () => 'soon', 5],
  ])('Retry-After as %s is kept to', async (_why, value, seconds) => {
    const { id } = await create()
    await pause('x')
    answers = [new Response(null, { status: 429, headers: { 'retry-after': value(api.clock.now) } })]
    await step()
    const { next_attempt_at } = await call('get', `/${id}`)
    expect(Date.parse(next_attempt_at) - api.clock.now.getTime()).toBe(seconds * 1000)
  })

  test('after the whole schedule the webhook is failing, the audit tells, and nothing is lost', async () => {
    const { id } = await create()
    await pause('one')
    await pause('two')
    for (const seconds of [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
      expect((await call('get', `/${id}`)).state).toBe('active')
      later(seconds)
      answers = [500]
      await step()
    }
    expect(await call('get', `/${id}`)).toMatchObject({ state: 'failing', failures: 10 })
    const audit = await api.call({ method: 'get', path: `/v1/audit?target=${id}`, as: api.admin })
    const told = audit.body.items.map((e: { action: string; actor: string }) => `${e.actor} ${e.action}`)
    expect(told).toContain('berth webhook.failing')
    later(86_400)
    await step()
    expect(details().slice(-2)).toEqual(['one', 'two'])
    expect(await call('get', `/${id}`)).toMatchObject({ state: 'active', failures: 0 })
  })

  test('410 disables it; resumed it goes on where it was, or from now on', async () => {
    const { id } = await create()
    await pause('one')
    answers = [410]
    await step()
    expect(await call('get', `/${id}`)).toMatchObject({
      state: 'disabled',
      last_delivery: { outcome: 'gone' },
    })
    later(1_000_000)
    await step()
    expect(got).toHaveLength(1)
    const resumed = await call('post', `/${id}/resume`, { reason: 'back' })
    expect(resumed).toMatchObject({ state: 'active', failures: 0, since: api.clock.now.toISOString() })
    await step()
    expect(details()).toEqual(['one', 'one'])
    await pause('skipped')
    await call('post', `/${id}/resume`, { from: 'now', reason: 'back' })
    await pause('three')
    await step()
    expect(details()).toEqual(['one', 'one', 'three'])
  })

  test('of two services that look at once one sends', async () => {
    await create()
    await pause('one')
    await Promise.all([step(), step(), step()])
    expect(details()).toEqual(['one'])
  })

  test('what one who died had claimed is sent by another when the claim has ended', async () => {
    const { id } = await create()
    await pause('one')
    const until = new Date(api.clock.now.getTime() + 60_000)
    expect(await api.store.webhooks.claim(id, api.clock.now, { claim: 'dead', claimUntil: until })).toBe(true)
    later(59.999)
    await step()
    expect(got).toEqual([])
    later(0.001)
    await step()
    expect(details()).toEqual(['one'])
  })

  test('nor does a claim hold for hours because the clock was put back', async () => {
    const { id } = await create()
    await pause('one')
    const until = new Date(api.clock.now.getTime() + 60_000)
    expect(await api.store.webhooks.claim(id, api.clock.now, { claim: 'dead', claimUntil: until })).toBe(true)
    await step()
    expect(got).toHaveLength(0)
    later(-5 * 3600)
    await step()
    expect(got).toHaveLength(1)
  })

  test('who lost the claim meanwhile writes nothing and sends no more', async () => {
    const { id } = await create()
    await pause('one')
    await pause('two')
    const losing = async (input: unknown, init?: RequestInit) => {
      await call('post', `/${id}/resume`, { from: 'now', reason: 'enough' })
      return receive(input, init)
    }
    await step({ fetch: losing })
    expect(details()).toEqual(['one'])
    expect((await call('get', `/${id}/deliveries`)).items).toEqual([])
    await step()
    expect(got).toHaveLength(1)
  })

  test('what is under way when the service closes is neither a failure nor lost', async () => {
    const { id } = await create()
    await pause('one')
    const hanging = async () => {
      closing.abort()
      throw new DOMException('aborted', 'AbortError')
    }
    await step({ fetch: hanging })
    expect(await call('get', `/${id}`)).toMatchObject({ failures: 0, last_delivery: null })
    closing = new AbortController()
    await step()
    expect(details()).toEqual(['one'])
  })

  test('a webhook that is deleted while it is sent to is gone', async () => {
    const { id } = await create()
    await pause('one')
    const deleting = async (input: unknown, init?: RequestInit) => {
      await call('delete', `/${id}`)
      return receive(input, init)
    }
    await step({ fetch: deleting })
    expect((await call('get', `/${id}`)).code).toBe('not-found')
  })

  test('one receiver that fails keeps no other waiting', async () => {
    await create({ url: 'https://hooks.example/bad' })
    await create({ url: 'https://hooks.example/good' })
    await pause('one')
    await pause('two')
    const picky = async (input: unknown, init?: RequestInit) => {
      answers = [String(input).endsWith('bad') ? 500 : 200]
      return receive(input, init)
    }
    await step({ fetch: picky })
    expect(got.filter(({ url }) => url.endsWith('good'))).toHaveLength(2)
  })

  test('only what was asked for is sent: by kind, its beginning, group and rollout', async () => {
    const { id } = await enroll(api, { group: 'web' })
    await enroll(api, { group: 'db' })
    await create({ kinds: ['enrolled'], url: 'https://hooks.example/kind' })
    await create({ kinds: ['pause.*'], url: 'https://hooks.example/all-of-pause' })
    await create({ group: 'web', url: 'https://hooks.example/group' })
    await enroll(api, { group: 'web' })
    await enroll(api, { group: 'db' })
    await pause('p', 'web')
    await step()
    const of = (path: string) =>
      got.filter(({ url }) => url.endsWith(path)).map(({ body }) => JSON.parse(body).type as string)
    expect(of('/kind')).toEqual(['enrolled', 'enrolled'])
    expect(of('/all-of-pause')).toEqual(['pause.set'])
    expect(of('/group')).toEqual(['enrolled', 'paused', 'paused', 'pause.set'])
    expect(got.some(({ url, body }) => url.endsWith('/group') && body.includes(id))).toBe(true)
    expect(
      await api.store.webhooks.due(
        { at: api.clock.now, latest: api.clock.now },
        (await api.store.events.kept())?.last ?? 0,
      ),
    ).toEqual([])
  })

  test('a ping is sent once, in any state, and not when it fails', async () => {
    const { id } = await create()
    await pause('one')
    answers = [410]
    await step()
    const { message } = await call('post', `/${id}/test`)
    expect((await call('post', `/${id}/test`)).message).toBe(message)
    answers = [500]
    await step()
    await step()
    expect(got).toHaveLength(2)
    expect(got[1]?.headers['webhook-id']).toBe(message)
    expect(messages()[1]).toMatchObject({ type: 'webhook.ping', data: { webhook: id } })
    expect(await call('get', `/${id}`)).toMatchObject({
      state: 'disabled',
      failures: 1,
      last_delivery: { message, type: 'webhook.ping', outcome: 'failed', status: 500 },
    })
  })

  test('what is no longer kept is told by a gap, whatever was asked for', async () => {
    const { id } = await create({ kinds: ['none'] })
    for (const reason of ['one', 'two', 'three']) await pause(reason)
    const { last } = (await api.store.events.kept()) ?? { last: 0 }
    const forgetful = {
      ...api.store,
      events: { ...api.store.events, kept: async () => ({ first: last, last }) },
    }
    await api.store.webhooks.take(id, { cursor: 1 })
    await step({ store: forgetful })
    expect(messages().map(({ type }) => type)).toEqual(['gap'])
    expect((await call('get', `/${id}`)).position).toBe(String(last))
  })

  test('without its signing key nothing is sent, and it says why', async () => {
    const { id } = await create()
    await pause('one')
    const other = signerOf([generateKeyPairSync('ed25519').privateKey])
    await step({ secrets: secretBox(other) })
    expect(got).toEqual([])
    expect((await call('get', `/${id}`)).last_delivery.detail).toContain('signing key')
  })

  test('of the deliveries the newest thousand are kept', async () => {
    const { id } = await create()
    const given = {
      webhookId: id,
      messageId: 'm',
      kind: 'k',
      attempt: 1,
      at: api.clock.now,
      outcome: 'failed',
    }
    await api.store.write(async (rows) => {
      for (let i = 0; i < 1003; i++)
        await rows.webhookDeliveries.insert({ ...given, id: `dlv_${1000 + i}`, status: null, detail: '' })
    })
    const all = await api.store.webhookDeliveries.list(id, { after: null, limit: 2000 })
    expect([all.length, all[0]?.id, all.at(-1)?.id]).toEqual([1000, 'dlv_1003', 'dlv_2002'])
  })
})
