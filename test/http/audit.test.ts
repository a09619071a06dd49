import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CHECKPOINT_TYPE } from '../../src/audit/checkpoint.ts'
import type { AuditEntry, AuditHead } from '../../src/wire/audit.ts'
import { signedBytes, type SigningKey } from '../../src/wire/signing.ts'
import { auditOf } from '../store/audit-of.ts'
import { tamper } from '../store/raw-sql.ts'
import { startApi, type Api } from './api.ts'
import { createKey, enroll, plannedHost } from './fixtures.ts'
import { signedIn } from './pages/browser.ts'

const get = async (api: Api, path: string, as = api.admin) =>
  (await api.call({ method: 'get', path, as })).body as never

describe('the chain over the API', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
    await plannedHost(api)
  })
  afterAll(() => api.close())

  const page = (query: string): Promise<{ items: AuditEntry[]; next_cursor: string | null }> =>
    get(api, `/v1/audit?${query}`)
  const seqs = (items: readonly AuditEntry[]) => items.map(({ seq }) => seq)

  test('pages follow it, and each entry names the one before', async () => {
    const all: AuditEntry[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, next_cursor } = await page(`limit=2${cursor && `&cursor=${cursor}`}`)
      all.push(...items)
      cursor = next_cursor
    }
    expect(all.length).toBeGreaterThan(5)
    expect(seqs(all)).toEqual(all.map((_, i) => i + 1))
    expect(all.slice(1).map((entry) => entry.prev_hash)).toEqual(all.slice(0, -1).map((entry) => entry.hash))
  })

  test('it can be read from a number on, and backwards', async () => {
    const { seq }: AuditHead = await get(api, '/v1/audit/head')
    expect(seqs((await page(`since=${seq - 1}`)).items)).toEqual([seq - 1, seq])
    expect(seqs((await page(`since=${seq - 1}&order=newest`)).items)).toEqual([seq, seq - 1])
    expect((await page(`since=${seq + 1}`)).items).toEqual([])
  })

  test.each([
    ['of a release that went by ids', 'aud_01j00000000000000000000000'],
    ['of more entries than there can be', '2147483648.aud_1'],
  ])('a cursor %s is none', async (_why, place) => {
    const { next_cursor } = await page('limit=1')
    const [binding] = Buffer.from(next_cursor ?? '', 'base64url')
      .toString()
      .split(' ')
    const cursor = Buffer.from(`${binding} ${place}`).toString('base64url')
    const answer = await api.call({
      method: 'get',
      path: `/v1/audit?limit=1&cursor=${cursor}`,
      as: api.admin,
    })
    expect([answer.status, answer.body.code]).toEqual([400, 'bad-cursor'])
  })

  test('its head is signed, for whoever may read anything', async () => {
    const viewer = await createKey(api, 'viewer')
    const head: AuditHead = await get(api, '/v1/audit/head', viewer)
    const { items: keys }: { items: SigningKey[] } = await get(api, '/v1/signing-keys', viewer)
    const last = await api.store.audit.last()
    const { signed, ...said } = head
    expect(said).toEqual({ seq: last?.seq, hash: last?.hash, at: api.clock.now.toISOString() })
    expect(signed.statement).toBe(`{"at":"${head.at}","hash":"${head.hash}","seq":${head.seq}}`)
    const [{ public_key }] = keys as [SigningKey]
    const key = createPublicKey({ key: Buffer.from(public_key, 'base64'), format: 'der', type: 'spki' })
    const isSigned = (type: string) =>
      verify(
        null,
        signedBytes(type, signed.statement),
        key,
        Buffer.from(signed.signatures[0]!.signature, 'base64'),
      )
    // A signature for one purpose is none for another.
    expect([isSigned(CHECKPOINT_TYPE), isSigned('application/json')]).toEqual([true, false])
  })

  test('a repeated request adds nothing, and neither does one that is refused', async () => {
    const headers = { 'idempotency-key': 'once' }
    const body = { role: 'viewer', name: 'once' }
    const create = () => api.call({ method: 'post', path: '/v1/keys', as: api.admin, body, headers })
    await create()
    const before = await api.store.audit.last()
    expect((await create()).status).toBe(201)
    expect((await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body: {} })).status).toBe(400)
    expect(await api.store.audit.last()).toEqual(before)
  })

  test('a host that is deleted, and snapshots that are forgotten, take nothing of it along', async () => {
    const host = await enroll(api)
    const { entries } = await auditOf(api.store)
    await api.call({
      method: 'delete',
      path: `/v1/hosts/${host.id}`,
      as: api.admin,
      headers: { 'if-match': '*' },
    })
    const after = await auditOf(api.store)
    expect(after).toMatchObject({ entries: entries + 1, faults: [] })
    const { items } = await page(`target=${host.id}`)
    expect(items.map(({ action }) => action)).toEqual(['host.enroll', 'host.delete'])
  })
})

describe('an audit that somebody has changed', () => {
  test.each([
    ['a word', `"actor" = 'key_forged'`, 'changed: its hash is not the hash of what it says'],
    ['its detail, into no JSON', `"detail" = 'no JSON'`, 'changed: its hash is not the hash of what it says'],
    ['its detail, into no object', `"detail" = '[1]'`, 'changed: its hash is not the hash of what it says'],
  ])('is still read, and its page says so: %s', async (_why, change, sentence) => {
    const api = await startApi()
    onTestFinished(() => api.close({ isTampered: true }))
    await createKey(api, 'viewer')
    const admin = await signedIn(api)
    const whole = (await admin.get('/audit')).body
    expect(whole).toContain(`The newest entry is number ${(await api.store.audit.last())?.seq},`)
    expect(whole).not.toContain('not as it was written')
    await tamper(api.databaseUrl, `UPDATE "AuditEntry" SET ${change} WHERE "seq" = 2`)
    const { items }: { items: AuditEntry[] } = await get(api, '/v1/audit')
    expect(items.slice(0, 3).map(({ seq }) => seq)).toEqual([1, 2, 3])
    for (const path of ['/audit', `/audit?target=${items[1]?.target}`]) {
      const { body } = await admin.get(path)
      expect(body).toContain('This audit is not as it was written')
      expect(body).toContain(`entry 2 (${items[1]?.id}) was ${sentence}`)
    }
  })

  test('an entry between two others that is gone shows on the page with both', async () => {
    const api = await startApi()
    onTestFinished(() => api.close({ isTampered: true }))
    await createKey(api, 'viewer')
    await createKey(api, 'viewer')
    const admin = await signedIn(api)
    await tamper(api.databaseUrl, 'DELETE FROM "AuditEntry" WHERE "seq" = 2')
    expect((await admin.get('/audit')).body).toContain(
      'entry 2 was removed: entry 3 comes right after entry 1',
    )
  })
})
