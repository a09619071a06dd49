import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TlsFiles } from '../../../src/config.ts'
import { serverTls } from '../../../src/http/listener/certificates.ts'
import { listenerOf } from '../../../src/http/listener/listener.ts'
import { authority, filesOf, LOOPBACK, type Authority, type Pair } from '../../certificates.ts'
import { startApi, type Api, type Call } from '../api.ts'

const WEB_7 = 'spiffe://fleet.example/web-7'
const WEB_8 = 'spiffe://fleet.example/web-8'

let ca: Authority
let stranger: Authority
let one: Pair
let renewed: Pair
let other: Pair
let ended: Pair
let forged: Pair
beforeAll(async () => {
  ca = await authority()
  stranger = await authority('somebody else')
  const uri = (value: string) => ({ names: [{ type: 'url', value }] }) as const
  one = await ca.issue(uri(WEB_7))
  renewed = await ca.issue(uri(WEB_7))
  other = await ca.issue(uri(WEB_8))
  ended = await ca.issue({ ...uri(WEB_7), notAfter: new Date(Date.now() - 60_000) })
  forged = await stranger.issue(uri(WEB_7))
})

interface Tls {
  readonly api: Api
  /** A call that shows this certificate; none where it is null. */
  call(call: Call, shown: Pair | null): ReturnType<Api['call']>
  enrol(shown: Pair | null): Promise<{ id: string; credential: string }>
  host(id: string): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** A service that asks for the certificates of clients. */
async function tlsApi(clientCert: TlsFiles['clientCert']): Promise<Tls> {
  const own = await ca.issue({ names: LOOPBACK })
  const { paths, remove } = filesOf({ cert: own.cert, key: own.key, ca: ca.cert })
  const tls = {
    ...{ certFile: paths.cert, keyFile: paths.key, clientCaFile: paths.ca },
    ...{ clientCrlFile: null, clientCert },
  }
  const listener = listenerOf({ tls: await serverTls(tls) })
  const api = await startApi({ config: { tls }, listener })
  const call: Tls['call'] = (asked, shown) =>
    api.call({
      ...asked,
      tls: { ca: ca.cert, ...(shown && { cert: shown.cert, key: shown.key }) },
    })
  let machines = 0
  return {
    api,
    call,
    async enrol(shown) {
      const minted = { method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: {} }
      const { token } = (await call(minted, other)).body as { token: string }
      const about = { hostname: 'web-7', arch: 'x86_64', hardware_model: '', machine_id: `m-${++machines}` }
      const body = { token, ...about }
      const answer = await call({ method: 'post', path: '/v1/agent/enroll', body }, shown)
      if (answer.status !== 201) throw new Error(answer.text)
      return { id: answer.body.host as string, credential: answer.body.credential as string }
    },
    host: async (id) =>
      (await call({ method: 'get', path: `/v1/hosts/${id}`, as: api.admin }, other)).body as Record<
        string,
        unknown
      >,
    async close() {
      await api.close()
      remove()
    },
  }
}

const ASSIGNMENT = { method: 'get', path: '/v1/agent/assignment' }

describe('client certificates', () => {
  let tls: Tls
  beforeAll(async () => {
    tls = await tlsApi('ask')
  })
  afterAll(() => tls.close())

  test.each<[why: string, enrolled: () => Pair | null, shown: () => Pair | null, status: number]>([
    ['the one that it enrolled with', () => one, () => one, 204],
    ['another one of the same name', () => one, () => renewed, 204],
    ['that of another host', () => one, () => other, 401],
    ['none', () => one, () => null, 401],
    ['its own, which has ended', () => one, () => ended, 401],
    ['one of its name, from somebody else', () => one, () => forged, 401],
    ['none, and it enrolled without one', () => null, () => null, 204],
    ['one of somebody else counts as none', () => null, () => forged, 204],
  ])('a credential with %s', async (_why, enrolled, shown, status) => {
    const { id, credential } = await tls.enrol(enrolled())
    expect((await tls.host(id))['certificate']).toBe(enrolled() && `URI:${WEB_7}`)
    for (const call of [ASSIGNMENT, { method: 'get', path: `/v1/hosts/${id}/plans` }]) {
      const answer = await tls.call({ ...call, as: credential }, shown())
      const good = call === ASSIGNMENT ? 204 : 200
      expect([answer.status, answer.body.code]).toEqual(
        status === 401 ? [401, 'wrong-certificate'] : [good, undefined],
      )
    }
  })

  test.each<[why: string, shown: () => Pair | null, says: string]>([
    ['none', () => null, 'none was shown'],
    ['another', () => other, `it came with URI:${WEB_8}`],
    ['one that has ended', () => ended, 'CERT_HAS_EXPIRED'],
    ['one of an unknown authority', () => forged, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('it is told what is wrong: %s', async (_why, shown, says) => {
    const { credential } = await tls.enrol(one)
    const answer = await tls.call({ ...ASSIGNMENT, as: credential }, shown())
    expect(answer.body.detail).toBe(
      `the credential of this host is bound to another client certificate (${says})`,
    )
  })

  test('the first certificate that comes with a credential is bound, and from then on no other does', async () => {
    const { id, credential } = await tls.enrol(null)
    const asked = { ...ASSIGNMENT, as: credential }
    expect((await tls.call(asked, null)).status).toBe(204)
    expect((await tls.call(asked, one)).status).toBe(204)
    expect((await tls.host(id))['certificate']).toBe(`URI:${WEB_7}`)
    expect((await tls.call(asked, null)).status).toBe(401)
    const path = `/v1/audit?target=${id}`
    const audit = (await tls.call({ method: 'get', path, as: tls.api.admin }, null)).body.items as object[]
    expect(audit).toContainEqual(
      expect.objectContaining({ action: 'host.certificate-bind', detail: { certificate: `URI:${WEB_7}` } }),
    )
  })

  test('of two first uses at once one is bound, and the other refused', async () => {
    const { credential } = await tls.enrol(null)
    const asked = { ...ASSIGNMENT, as: credential }
    const answers = await Promise.all([tls.call(asked, one), tls.call(asked, other)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401])
  })

  test('an operator lets a binding go, and the next certificate is bound', async () => {
    const { id, credential } = await tls.enrol(one)
    const patch = { method: 'patch', path: `/v1/hosts/${id}`, headers: { 'if-match': '*' } }
    const body = { certificate: null }
    expect((await tls.call({ ...patch, as: credential, body }, one)).status).toBe(403)
    expect((await tls.call({ ...patch, as: tls.api.admin, body }, null)).body.certificate).toBeNull()
    expect((await tls.call({ ...ASSIGNMENT, as: credential }, other)).status).toBe(204)
    expect((await tls.host(id))['certificate']).toBe(`URI:${WEB_8}`)
    expect((await tls.call({ ...ASSIGNMENT, as: credential }, one)).status).toBe(401)
  })

  test('a quarantined host is bound to nothing', async () => {
    const { id, credential } = await tls.enrol(null)
    await tls.api.store.hosts.update(id, { state: 'quarantined' })
    expect((await tls.call({ ...ASSIGNMENT, as: credential }, one)).status).toBe(403)
    expect((await tls.host(id))['certificate']).toBeNull()
  })

  test('a key is good with any certificate, and with none', async () => {
    for (const shown of [null, one, other, forged]) {
      const answer = await tls.call({ method: 'get', path: '/v1/hosts', as: tls.api.admin }, shown)
      expect(answer.status).toBe(200)
    }
  })
})

describe('client certificates, where hosts must have one', () => {
  let tls: Tls
  beforeAll(async () => {
    tls = await tlsApi('hosts')
  })
  afterAll(() => tls.close())

  test('a host without one does not even enrol', async () => {
    await expect(tls.enrol(null)).rejects.toThrow('a host needs a client certificate here (none was shown)')
    await expect(tls.enrol(forged)).rejects.toThrow('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect((await tls.enrol(one)).id).toMatch(/^host_/)
  })

  test('one that enrolled before that may not act without', async () => {
    const { id, credential } = await tls.enrol(one)
    await tls.api.store.hosts.update(id, { certificate: null })
    const answer = await tls.call({ ...ASSIGNMENT, as: credential }, null)
    expect([answer.status, answer.body.code]).toEqual([401, 'wrong-certificate'])
    expect((await tls.call({ ...ASSIGNMENT, as: credential }, one)).status).toBe(204)
  })

  test('people and programs with a key do without', async () => {
    const answer = await tls.call({ method: 'get', path: '/v1/hosts', as: tls.api.admin }, null)
    expect(answer.status).toBe(200)
  })
})

test('where nobody is asked for certificates, bindings rest', async () => {
  const api = await startApi()
  const minted = { method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: {} }
  const { token } = (await api.call(minted)).body as { token: string }
  const about = { hostname: 'web-7', arch: 'x86_64', hardware_model: '', machine_id: 'm' }
  const { body } = await api.call({ method: 'post', path: '/v1/agent/enroll', body: { token, ...about } })
  await api.store.hosts.update(body.host as string, { certificate: `URI:${WEB_7}` })
  const answer = await api.call({ ...ASSIGNMENT, as: body.credential as string })
  expect(answer.status).toBe(204)
  await api.close()
})
