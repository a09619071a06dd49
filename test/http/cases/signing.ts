import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyAssignment, type HandedOut } from '../../../src/agent/index.ts'
import { signerOf } from '../../../src/http/signing/signer.ts'
import type { SigningKey } from '../../../src/wire/signing.ts'
import { startApi, type Api } from '../api.ts'
import { createPlan, enroll, plannedHost, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'
import { rolling, voices } from '../rolling.ts'

const newKey = () => generateKeyPairSync('ed25519').privateKey
const [SINCE, BEFORE] = [newKey(), newKey()]

describe('what agents are handed', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ signer: signerOf([SINCE, BEFORE]) })
  })
  afterAll(() => api.close())

  const keysFor = async (as: string): Promise<SigningKey[]> =>
    (await api.call({ method: 'get', path: '/v1/signing-keys', as })).body.items
  const ask = async (host: EnrolledHost) =>
    (await api.call({ method: 'get', path: '/v1/agent/assignment', as: host.credential })).body as HandedOut
  const assign = (plan: string) =>
    api.call({ method: 'post', path: `/v1/plans/${plan}/assign`, as: api.admin })
  const serialOf = ({ signed }: HandedOut): number => JSON.parse(signed?.statement ?? '{}').serial
  const judged = (host: EnrolledHost, handedOut: HandedOut, keys: readonly string[], lastSerial = 0) =>
    verifyAssignment(handedOut, { host: host.id, keys, lastSerial })
  const assigned = async () => {
    const world = await plannedHost(api, { initrd: null })
    await assign(world.plan)
    return world
  }

  test('every key is told to whoever asks and to a host that enrols, the newest first', async () => {
    const keys = await keysFor(api.admin)
    expect(keys.map((k) => k.public_key)).toEqual(signerOf([SINCE, BEFORE]).keys.map((k) => k.public_key))
    const host = await enroll(api)
    expect(await keysFor(host.credential)).toEqual(keys)
    const token = await api.call({
      method: 'post',
      path: '/v1/enrollment-tokens',
      as: api.admin,
      body: {},
    })
    const hints = { machine_id: 'signed', hostname: 'h', arch: 'x86_64', hardware_model: '' }
    const body = { token: token.body.token, ...hints }
    const enrolled = await api.call({ method: 'post', path: '/v1/agent/enroll', body })
    expect(enrolled.body.signing_keys).toEqual(keys)
  })

  test('they are told without the database, but not to somebody whom it would have to know', async () => {
    const rejects = () => Promise.reject(new Error('broken'))
    const own = await startApi({
      broken: (store) => ({ ...store, keys: { ...store.keys, get: rejects as never } }),
    })
    const as = own.admin
    const answer = await own.call({ method: 'get', path: '/v1/signing-keys', as })
    expect([answer.status, answer.body.code]).toEqual([500, 'internal'])
    await own.close()
  })

  test.each([
    ['the newest key', SINCE],
    ['the one before it', BEFORE],
  ])('it is signed for whoever knows %s', async (_why, key) => {
    const { host } = await assigned()
    const known = signerOf([key]).keys.map((k) => k.public_key)
    const all = signerOf([SINCE, BEFORE]).keys.map((k) => k.public_key)
    expect(judged(host, await ask(host), known)).toMatchObject({ ok: true, value: { keys: all } })
    const stranger = signerOf([newKey()]).keys.map((k) => k.public_key)
    expect(judged(host, await ask(host), stranger)).toMatchObject({
      ok: false,
      error: { code: 'unverified-plan' },
    })
  })

  test('whoever asks again gets the same serial; the next assignment has a higher one, for this host', async () => {
    const keys = signerOf([SINCE]).keys.map((k) => k.public_key)
    const { host, entry } = await assigned()
    const first = await ask(host)
    api.clock.now = new Date(api.clock.now.getTime() + 5000)
    expect(serialOf(await ask(host))).toBe(serialOf(first))
    await assign(await createPlan(api, host, { boot_entry: entry }))
    const second = await ask(host)
    expect(serialOf(second)).toBeGreaterThan(serialOf(first))
    expect(judged(host, second, keys, serialOf(first)).ok).toBe(true)
    expect(judged(host, first, keys, serialOf(second))).toMatchObject({
      ok: false,
      error: { code: 'replayed-plan' },
    })
  })

  test('serials go on where the clock goes back, and after a restore they follow the clock', async () => {
    const { host, entry } = await assigned()
    const first = serialOf(await ask(host))
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() - 60_000)
    await assign(await createPlan(api, host, { boot_entry: entry }))
    const second = serialOf(await ask(host))
    expect(second).toBe(first + 1)
    // What the database of a minute ago would give, a minute later.
    api.clock.now = new Date(start.getTime() + 60_000)
    const restored = await api.store.write((rows) => rows.hosts.nextSerial(host.id, 0))
    expect(restored).toBe(second + 1)
    await assign(await createPlan(api, host, { boot_entry: entry }))
    expect(serialOf(await ask(host))).toBeGreaterThanOrEqual(first + 60)
    api.clock.now = start
  })

  test('one for another host is none for this one', async () => {
    const keys = signerOf([SINCE]).keys.map((k) => k.public_key)
    const [one, two] = [await assigned(), await assigned()]
    expect(judged(two.host, await ask(one.host), keys)).toMatchObject({
      ok: false,
      error: { code: 'unverified-plan', detail: `it is for ${one.host.id}, this is ${two.host.id}` },
    })
  })

  test('a grant is under the signature: fence, nonce, end and way to reboot', async () => {
    const { hosts } = await rolling(api, 1)
    const [host] = hosts as [EnrolledHost]
    const { ask: poll } = voices(api)
    const granted = (await poll(host)).body as HandedOut
    const { fence, nonce, not_after, issued_at, reboot_mode, rollout, plan } = granted
    expect(JSON.parse(granted.signed?.statement ?? '')).toMatchObject({
      ...{ fence, nonce, not_after, issued_at, reboot_mode, rollout, host: host.id },
      ...{ plan: plan.id, plan_digest: plan.digest, purpose: 'reboot' },
    })
    const keys = signerOf([SINCE]).keys.map((k) => k.public_key)
    expect(judged(host, granted, keys).ok).toBe(true)
    expect(judged(host, { ...granted, fence: (fence ?? 0) + 1 }, keys).ok).toBe(false)
    await post(api, host, snapshotOf(X86, 'boot-9'))
  })
})
