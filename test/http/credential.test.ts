import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  emulatedHost,
  generatedImages,
  memoryJournal,
  once,
  readIdentity,
  writeIdentity,
  type Agent,
  type Identity,
} from '../../src/agent/index.ts'
import type { Step } from '../../src/agent/steps.ts'
import { loadCapture } from '../capture.ts'
import { scratchFolder } from '../cli/scratch.ts'
import { startApi, type Api } from './api.ts'
import { enroll, snapshotOf, X86, type EnrolledHost } from './fixtures.ts'

const DAY_MS = 86_400_000

let api: Api
beforeAll(async () => {
  api = await startApi({ config: { logLevel: 'trace' } })
})
afterAll(() => api.close())

const ask = (credential: string) => api.call({ method: 'get', path: '/v1/agent/assignment', as: credential })
const statusOf = async (credential: string) => (await ask(credential)).status
const change = (credential: string, headers: Record<string, string> = {}) =>
  api.call({ method: 'post', path: '/v1/agent/credential', as: credential, body: {}, headers })
const changed = async (credential: string) => (await change(credential)).body.credential as string
const auditOf = async ({ id }: EnrolledHost) => {
  const { items } = (await api.call({ method: 'get', path: `/v1/audit?target=${id}`, as: api.admin })).body
  return (items as { action: string; actor: string }[])
    .filter(({ action }) => action.startsWith('host.credential'))
    .map(({ action, actor }) => [action, actor])
}

describe('a host changes its credential', () => {
  test('the old one is good until the new one is first used, and then ends at once', async () => {
    const host = await enroll(api)
    const answer = await change(host.credential)
    expect(answer.status).toBe(201)
    const next = answer.body.credential as string
    expect(next).toMatch(new RegExp(`^berth_${host.id}_[0-9a-f]{64}$`))
    expect(next).not.toBe(host.credential)
    expect(await statusOf(host.credential)).toBe(204)
    expect(await statusOf(next)).toBe(204)
    expect(await statusOf(host.credential)).toBe(401)
    expect((await change(host.credential)).status).toBe(401)
    expect(await statusOf(next)).toBe(204)
    expect(await auditOf(host)).toEqual([
      ['host.credential-issue', host.id],
      ['host.credential-change', host.id],
    ])
    const kept = JSON.stringify([
      await api.store.hosts.get(host.id),
      await api.store.audit.list({ after: null, limit: 500 }, {}),
      api.logged,
    ])
    for (const secret of [host.credential, next]) expect(kept).not.toContain(secret.split('_').at(-1))
  })

  test('asked again with the old one, another new one takes the place of the first', async () => {
    const host = await enroll(api)
    const [lost, next] = [await changed(host.credential), await changed(host.credential)]
    expect(await statusOf(lost)).toBe(401)
    expect(await statusOf(host.credential)).toBe(204)
    expect(await statusOf(next)).toBe(204)
    expect([await statusOf(host.credential), await statusOf(lost)]).toEqual([401, 401])
  })

  test('of many first uses at once all work, and the change is one', async () => {
    const host = await enroll(api)
    const next = await changed(host.credential)
    expect(await Promise.all(Array.from({ length: 8 }, () => statusOf(next)))).toEqual(Array(8).fill(204))
    expect((await auditOf(host)).filter(([action]) => action === 'host.credential-change')).toHaveLength(1)
  })

  test('quarantined, it gets none, and its next one does not end the old one', async () => {
    const host = await enroll(api, { machine_id: 'copied' })
    const next = await changed(host.credential)
    await enroll(api, { machine_id: 'copied' })
    for (const credential of [host.credential, next]) {
      const answer = await change(credential)
      expect([answer.status, answer.body.code]).toEqual([403, 'host-quarantined'])
    }
    const release = { method: 'post', path: `/v1/hosts/${host.id}/release`, as: api.admin }
    await api.call({ ...release, body: { reason: 'the copy is gone' } })
    expect(await statusOf(host.credential)).toBe(204)
    expect(await statusOf(next)).toBe(204)
    expect(await statusOf(host.credential)).toBe(401)
  })

  test('deleted, it gets none', async () => {
    const host = await enroll(api)
    const next = await changed(host.credential)
    const headers = { 'if-match': '*' }
    await api.call({ method: 'delete', path: `/v1/hosts/${host.id}`, as: api.admin, headers })
    expect([(await change(host.credential)).status, (await change(next)).status]).toEqual([401, 401])
  })

  test('people have keys, and no use for this', async () => {
    const answer = await change(api.admin)
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
  })
})

describe('a request that is repeated', () => {
  const key = (name: string) => ({ 'idempotency-key': name })

  test('with the old credential gets the same new one', async () => {
    const host = await enroll(api)
    const first = await change(host.credential, key('again'))
    expect((await change(host.credential, key('again'))).text).toBe(first.text)
    expect(await statusOf(first.body.credential)).toBe(204)
  })

  test('for a new one with that new one is another request: 422, and there is no third', async () => {
    const host = await enroll(api)
    const next = (await change(host.credential, key('later'))).body.credential as string
    const answer = await change(next, key('later'))
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency-key-reused'])
    expect((await api.store.hosts.get(host.id))?.nextCredentialHash).toBeNull()
    expect((await change(next, key('much-later'))).status).toBe(201)
  })

  test('that tells no secret gets its first answer under the next credential too, and is done once', async () => {
    const host = await enroll(api)
    const post = (as: string) =>
      api.call({
        method: 'post',
        path: `/v1/hosts/${host.id}/snapshots`,
        as,
        body: snapshotOf(X86),
        headers: key('snapshot'),
      })
    const first = await post(host.credential)
    const again = await post(await changed(host.credential))
    expect([again.status, again.text]).toEqual([201, first.text])
  })
})

describe('the service asks for it', () => {
  test.each<[why: string, days: number, age: number, asks: boolean]>([
    ['not before its time', 90, 90 * DAY_MS - 1, false],
    ['when it is that old', 90, 90 * DAY_MS, true],
    ['sooner where it is told to', 1, DAY_MS, true],
  ])('%s', async (_why, credentialDays, age, asks) => {
    const own = await startApi({ config: { credentialDays } })
    const host = await enroll(own)
    const headerOf = async (as: string, path = '/v1/agent/assignment') =>
      (await own.call({ method: 'get', path, as })).headers['berth-credential']
    own.clock.now = new Date(own.clock.now.getTime() + age)
    expect(await headerOf(host.credential)).toBe(asks ? 'rotate' : undefined)
    // Refused or not: it is the credential that is old.
    expect(await headerOf(host.credential, '/v1/hosts')).toBe(asks ? 'rotate' : undefined)
    expect(await headerOf(own.admin, '/v1/hosts')).toBeUndefined()
    const { body } = await own.call({ method: 'post', path: '/v1/agent/credential', as: host.credential })
    expect(await headerOf(body.credential)).toBeUndefined()
    await own.close()
  })
})

/** An agent as it starts: with what lies on its disk, and nothing else. */
async function started(file: string, killedAt?: Step): Promise<Agent> {
  const identity = await readIdentity(file)
  const host = emulatedHost(loadCapture('x86_64-seabios-2g'), { seed: 5 })
  if (!identity || !host.ok) throw new Error('nothing to start')
  return {
    identity,
    backend: host.value.backend,
    capture: host.value.capture,
    images: generatedImages(),
    journal: memoryJournal(),
    now: () => api.clock.now.getTime(),
    sleep: async () => {},
    keep: (next: Identity) => writeIdentity(file, next),
    step: (step) => {
      if (step === killedAt) throw new Error('killed')
    },
  }
}

describe('the agent and the service', () => {
  const NEVER = undefined
  test.each<[why: string, killedAt: Step | undefined]>([
    ['in one round', NEVER],
    ['killed when it was given another one and had not stored it', 'credential-issued'],
    ['killed when it had stored it and not used it', 'credential-written'],
    ['killed when it had used it', 'credential-adopted'],
  ])('change the credential, %s', async (_why, killedAt) => {
    const host = await enroll(api)
    const file = path.join(scratchFolder(), 'identity.json')
    await writeIdentity(file, {
      server: api.url,
      host: host.id,
      credential: host.credential,
      signing_keys: ['k'],
    })
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 90 * DAY_MS)
    const first = once(await started(file, killedAt))
    if (killedAt) await expect(first).rejects.toThrow('killed')
    else expect(await first).toMatchObject({ ok: true })
    const left = await readIdentity(file)
    const isAdopted = killedAt === NEVER || killedAt === 'credential-adopted'
    expect([left?.next === undefined, left?.credential === host.credential]).toEqual([
      killedAt !== 'credential-written',
      !isAdopted,
    ])
    expect(await statusOf(host.credential)).toBe(isAdopted ? 401 : 204)

    expect(await once(await started(file))).toMatchObject({ ok: true })
    const after = await readIdentity(file)
    expect(after?.next).toBeUndefined()
    expect(await statusOf(host.credential)).toBe(401)
    const answer = await ask(after?.credential ?? '')
    expect([answer.status, answer.headers['berth-credential']]).toEqual([204, undefined])
    const issues = (await auditOf(host)).filter(([action]) => action === 'host.credential-issue')
    expect(issues).toHaveLength(killedAt === 'credential-issued' ? 2 : 1)
    api.clock.now = start
  })
})
