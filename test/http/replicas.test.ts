import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { assignments, type WaitingClock } from '../../src/http/rollouts/assignments.ts'
import { SERVER } from '../database.ts'
import { startApi, type Api } from './api.ts'
import { follow } from './events/event-reader.ts'
import { createKey, enroll, plannedHost, type EnrolledHost } from './fixtures.ts'
import { browserOf, signedIn } from './pages/browser.ts'
import { rolling, voices } from './rolling.ts'

/** Time that stands still: who is not woken waits for ever. Counts who waits. */
function standing() {
  let waiting = 0
  let look = () => {}
  const clock: WaitingClock = {
    now: () => 0,
    after: () => {
      waiting += 1
      look()
      return () => void (waiting -= 1)
    },
    sliceMs: 2000,
  }
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      look = () => waiting >= count && resolve()
      look()
    })
  return { clock, until }
}

test('whoever waits looks again by himself, though nobody wakes him', async () => {
  const asked: number[] = []
  const after = (ms: number, wake: () => void) => {
    asked.push(ms)
    queueMicrotask(wake)
    return () => {}
  }
  const waiting = assignments({ now: () => 0, after, sliceMs: 2000 })
  const since = { changes: 0, gone: new AbortController().signal }
  await waiting.wait('host_1', 60_000, since)
  await waiting.wait('host_1', 500, since)
  expect(asked).toEqual([2000, 500])
})

// There is a PostgreSQL to ask in CI.
if (SERVER !== undefined) {
  describe('two replicas', () => {
    let one: Api
    let two: Api
    const waits = standing()
    const open = async (options: object = {}) => {
      one = await startApi()
      two = await startApi({ beside: one, ...options })
    }
    beforeEach(() => {
      one = two = null as never
    })
    afterEach(async () => {
      for (const replica of [two, one].filter(Boolean)) {
        // fetch opens connections that it never uses; no server takes those for idle.
        replica.app.server.closeAllConnections()
        await replica.close()
      }
    })

    const plans = (host: EnrolledHost, body: object, headers = {}, on = one) =>
      on.call({ method: 'post', path: `/v1/hosts/${host.id}/plans`, as: one.admin, body, headers })

    test('asked the same at once under one key do it once, and answer alike', async () => {
      await open()
      const { host, entry } = await plannedHost(one)
      for (let round = 0; round < 10; round++) {
        const headers = { 'idempotency-key': `round-${round}` }
        const answers = await Promise.all(
          [one, two].map((on) => plans(host, { boot_entry: entry }, headers, on)),
        )
        expect(answers.map((a) => a.status)).toEqual([201, 201])
        expect(answers[0]?.text).toBe(answers[1]?.text)
      }
      const all = await two.call({
        method: 'get',
        path: `/v1/hosts/${host.id}/plans?limit=100`,
        as: one.admin,
      })
      // With the one that it had.
      expect(all.body.items).toHaveLength(11)
    })

    test('wake each other’s agents: a plan that is assigned at one, asked for at the other', async () => {
      await open({ waiting: waits.clock })
      const { host, entry } = await plannedHost(one)
      const asked = two.call({ method: 'get', path: '/v1/agent/assignment?wait=60', as: host.credential })
      await waits.until(1)
      const made = await plans(host, { boot_entry: entry, assign: true })
      const answer = await asked
      expect([answer.status, answer.body.plan.id]).toEqual([200, made.body.id])
    })

    test('wake each other’s agents: a place that is free again', async () => {
      await open({ waiting: waits.clock })
      const { hosts } = await rolling(one, 2, {
        ...{ waves: [{ percent: 100 }], soak_seconds: 0, max_unavailable: { count: 1 } },
      })
      const [first, second] = hosts as [EnrolledHost, EnrolledHost]
      const plan = (await voices(one).ask(first)).body.plan.id as string
      const asked = voices(two).ask(second, 60)
      await waits.until(1)
      await voices(one).say(first, plan, 'refused', 'stale-plan: test')
      expect((await asked).status).toBe(200)
    })

    test('find out what they were not told: the connection for it is lost again and again', async () => {
      await open()
      const { host, entry } = await plannedHost(one)
      let isOver = false
      const deafened = deafen(one.databaseUrl, () => isOver)
      const asked = two.call({ method: 'get', path: '/v1/agent/assignment?wait=60', as: host.credential })
      await plans(host, { boot_entry: entry, assign: true })
      const answer = await asked
      isOver = true
      await deafened
      expect(answer.status).toBe(200)
    })

    test('tell one story of events: who follows at one, and goes on at the other, has each of both once', async () => {
      await open()
      const headers = { authorization: `Bearer ${one.admin}` }
      const seen: string[] = []
      const hosts: string[] = []
      let last = '0'
      for (const [i, at] of [one, two, one, two].entries()) {
        const reader = await follow(at.url, '', { ...headers, 'last-event-id': last })
        for (const on of [one, two, one])
          hosts.push((await enroll(on, { machine_id: `m-${hosts.length}` })).id)
        while (seen.length < hosts.length) {
          const event = await reader.next()
          if (event?.kind === 'enrolled') seen.push(event.host ?? '')
        }
        last = reader.last()
        reader.leave()
        // Nobody follows what comes now.
        hosts.push((await enroll(i % 2 ? one : two, { machine_id: `m-${hosts.length}` })).id)
      }
      const rest = await fetch(`${one.url}/v1/events?follow=false&after=${last}`, { headers })
      const told = (await rest.text()).matchAll(/"kind":"enrolled","host":"(\w+)"/g)
      expect([...seen, ...[...told].map(([, host]) => host)]).toEqual(hosts)
    })

    test('both refuse a key as soon as one of them has revoked it, and end what is followed with it', async () => {
      await open()
      const key = await createKey(one, 'viewer')
      const listed = await one.call({ method: 'get', path: '/v1/keys', as: one.admin })
      const id = listed.body.items.find((k: { role: string }) => k.role === 'viewer').id as string
      const use = (on: Api) => on.call({ method: 'get', path: '/v1/hosts', as: key })
      expect([(await use(one)).status, (await use(two)).status]).toEqual([200, 200])
      const reader = await follow(two.url, '', { authorization: `Bearer ${key}` })
      await one.call({ method: 'delete', path: `/v1/keys/${id}`, as: one.admin })
      expect([(await use(one)).status, (await use(two)).status]).toEqual([401, 401])
      expect(await reader.next()).toBeNull()
    })

    test('take a session, and forms, of one another', async () => {
      await open()
      const atOne = await signedIn(one)
      const atTwo = browserOf(two)
      Object.assign(atTwo.cookies, atOne.cookies)
      const page = await atTwo.get('/hosts')
      expect(page.statusCode).toBe(200)
      Object.assign(atOne.cookies, atTwo.cookies)
      const token = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
      expect((await atOne.post('/sign-out', { _csrf: 'another' })).statusCode).toBe(403)
      expect((await atOne.post('/sign-out', { _csrf: token })).statusCode).toBe(303)
      // It has ended, wherever it is shown.
      expect((await atTwo.get('/hosts')).statusCode).not.toBe(200)
    })

    test('keep the order of a host’s history, though the clock of one is an hour behind', async () => {
      await open()
      two.clock.now = new Date(one.clock.now.getTime() - 3_600_000)
      const host = await enroll(one)
      const path = `/v1/hosts/${host.id}/pins`
      for (let i = 0; i < 6; i++) {
        const on = i % 2 ? two : one
        const { headers } = await on.call({ method: 'get', path, as: one.admin })
        const body = { mem: `0x${(0x40000000 + i * 0x1000).toString(16)}`, room: 4096, reason: `${i}` }
        const match = { 'if-match': headers['etag'] as string }
        const set = { method: 'put', path: `${path}/reboot/initrd`, as: one.admin, body, headers: match }
        expect((await on.call(set)).status).toBe(200)
      }
      const history = await two.call({ method: 'get', path: `${path}/history`, as: one.admin })
      expect(history.body.items.map((c: { generation: number }) => c.generation)).toEqual([1, 2, 3, 4, 5, 6])
      const audit = await two.call({ method: 'get', path: `/v1/audit?target=${host.id}`, as: one.admin })
      const told = audit.body.items.map((e: { detail: { generation?: number } }) => e.detail.generation ?? 0)
      expect(told).toEqual([0, 1, 2, 3, 4, 5, 6])
    })
  })
}

/** Cuts the connections on which replicas hear of one another, as soon as they are there again. */
async function deafen(url: string, isOver: () => boolean): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  while (!isOver()) {
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await client.end()
}
