import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signerOf } from '../../src/http/signing/signer.ts'
import { databaseFile, isPostgresql } from '../../src/store/database-url.ts'
import { contentsOf } from '../store/upgrade/contents.ts'
import { startApi, type Api, type Call } from './api.ts'
import { createEntry, createPlan, post, snapshotOf, X86 } from './fixtures.ts'
import { signedIn } from './pages/browser.ts'
import { exampleOf } from './world.ts'

/** A secret that was handed out, and every form in which it might lie somewhere. */
interface Secret {
  readonly what: string
  readonly forms: readonly Buffer[]
  /** Whether its SHA-256 is what is kept of it. */
  readonly isHashed: boolean
}

/** `berth_<kind>_<id>_<secret>`: the last part is what nobody may know. */
function bearer(what: string, shown: string): Secret {
  const secret = shown.split('_').at(-1) ?? ''
  if (!/^[0-9a-f]{64}$/.test(secret)) throw new Error(`${what} is no bearer: ${shown}`)
  return { what, isHashed: true, forms: [secret, ...inAllWords(Buffer.from(secret, 'hex'))].map(bytesOf) }
}

function raw(what: string, secret: Buffer): Secret {
  return { what, isHashed: false, forms: inAllWords(secret).map(bytesOf) }
}

function inAllWords(secret: Buffer): readonly (string | Buffer)[] {
  const hex = secret.toString('hex')
  return [
    secret,
    hex,
    hex.toUpperCase(),
    secret.toString('base64').replace(/=+$/, ''),
    secret.toString('base64url'),
  ]
}

const bytesOf = (form: string | Buffer) => Buffer.from(form as string)

/** The 32 bytes that make an Ed25519 key. */
const seedOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'der' }).subarray(-32)

describe('secrets that were handed out', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const secrets: Secret[] = [raw('the signing key', seedOf(privateKey))]
  /** What was answered to requests that were wrong. */
  const answered: string[] = []
  let api: Api
  let log: Buffer
  let database: Buffer

  beforeAll(async () => {
    api = await startApi({ config: { logLevel: 'trace' }, signer: signerOf([privateKey]) })
    await handOut()
    log = Buffer.from(api.logged.join(''))
    database = await databaseBytes(api)
  })
  afterAll(() => api.close())

  const send = (method: string, path: string, as: string | undefined, more: Partial<Call> = {}) =>
    api.call({ method, path, as, ...more })

  /** Everything that ever shows a secret, and what a client does with it, rightly and wrongly. */
  async function handOut(): Promise<void> {
    const { admin } = api
    secrets.push(bearer('the first admin key', admin))
    const keys = await Promise.all(
      ['viewer', 'operator', 'admin'].map(async (role) => {
        const headers = { 'idempotency-key': `key-${role}` }
        const body = { role, name: role }
        const made = await send('post', '/v1/keys', admin, { body, headers })
        const again = await send('post', '/v1/keys', admin, { body, headers })
        expect(again.body.key).toBe(made.body.key)
        return made.body as { id: string; key: string }
      }),
    )
    keys.forEach(({ key }, i) => secrets.push(bearer(`key ${i}`, key)))
    const [viewer = '', operator = ''] = keys.map(({ key }) => key)

    const token = (await send('post', '/v1/enrollment-tokens', operator, { body: { uses: 5 } })).body
      .token as string
    secrets.push(bearer('an enrolment token', token))
    const machine = { token, machine_id: 'm', hostname: 'h', arch: 'x86_64', hardware_model: '' }
    const headers = { 'idempotency-key': 'enrol' }
    const enrolled = await send('post', '/v1/agent/enroll', undefined, { body: machine, headers })
    const { host: id, credential } = enrolled.body as { host: string; credential: string }
    secrets.push(bearer('a host’s credential', credential))
    const next = (await send('post', '/v1/agent/credential', credential, { body: {} })).body
      .credential as string
    secrets.push(bearer('its next credential', next))
    await send('post', '/v1/agent/enroll', undefined, { body: { ...machine, machine_id: 'm2', wrong: 1 } })

    const host = { id, credential: next }
    await post(api, host, snapshotOf(X86))
    const plan = await createPlan(api, host, { boot_entry: await createEntry(api) })
    await send('post', `/v1/plans/${plan}/assign`, admin)
    await send('get', '/v1/agent/assignment', next)
    const report = { plan, phase: 'loaded', boot_id: 'boot-1' }
    await send('post', '/v1/agent/reports', next, { body: report })

    const session = (await send('post', '/v1/sessions', viewer, { body: {} })).body.token as string
    secrets.push(bearer('a session', session))
    await send('get', '/v1/hosts', session)
    const browser = await signedIn(api, operator)
    secrets.push(bearer('the cookie of a browser', browser.cookies['berth_session'] ?? ''))
    for (const page of ['/', '/hosts', `/hosts/${id}`, '/audit', '/sign-in']) await browser.get(page)

    const fleetlock = { ...exampleOf('NewFleetlock'), enabled: true }
    const set = await send('put', '/v1/groups/web/fleetlock', operator, { body: fleetlock })
    const { pathname } = new URL(set.body.base_url as string)
    secrets.push(bearer('a FleetLock URL', pathname.split('/')[2] ?? ''))
    const client = { client_params: { id: 'x', group: 'web' } }
    const protocol = { 'fleet-lock-protocol': 'true' }
    await send('post', `${pathname}v1/pre-reboot`, undefined, { body: client, headers: protocol })
    await send('post', `${pathname}v1/pre-reboot/%20`, undefined, { body: '{', headers: protocol })

    const hook = await send('post', '/v1/webhooks', admin, { body: exampleOf('NewWebhook') })
    const secret = (hook.body.secret as string).replace(/^whsec_/, '')
    secrets.push(raw('the secret of a webhook', Buffer.from(secret, 'base64')))
    await send('post', `/v1/webhooks/${hook.body.id}/test`, admin)

    // Where no secret belongs, and people put one all the same.
    const mistaken = [operator, token, next, session].flatMap((shown): readonly Call[] => [
      { method: 'get', path: `/v1/hosts?key=${shown}` },
      { method: 'get', path: `/v1/hosts/${shown}`, as: admin },
      { method: 'get', path: `/${shown}` },
      {
        method: 'get',
        path: `/v1/plans/${encodeURIComponent(encodeURIComponent(shown))}/${shown}`,
        as: admin,
      },
      { method: 'get', path: '/v1/hosts', as: `${shown} ` },
      { method: 'get', path: '/v1/hosts', headers: { authorization: `Basic ${shown}` } },
      { method: 'get', path: '/v1/hosts', headers: { 'x-request-id': shown, 'x-api-key': shown } },
      { method: 'get', path: '/hosts', headers: { cookie: `berth_session=${shown}; other=${shown}` } },
      { method: 'get', path: '/v1/hosts', headers: { referer: `http://x/${shown}`, 'user-agent': shown } },
      { method: 'post', path: '/v1/agent/enroll', body: { token: shown } },
      { method: 'post', path: '/v1/keys', as: shown, body: { role: shown, name: 1 } },
      {
        method: 'post',
        path: '/v1/agent/enroll',
        body: `{"token":"${shown}`,
        headers: { 'content-type': 'application/json' },
      },
      { method: 'post', path: '/v1/agent/enroll', body: shown, headers: { 'content-type': 'text/plain' } },
    ])
    for (const call of mistaken) answered.push((await api.call(call)).text ?? '')
  }

  test('are many, and of every kind that there is', () => {
    expect(secrets.length).toBe(12)
    expect(log.includes('"msg":"request completed"')).toBe(true)
    expect(log.includes('[redacted]')).toBe(true)
  })

  test('are in no line of the log, at its most talkative', () => {
    expect(foundIn(log)).toEqual([])
  })

  test('are nowhere in the bytes of the database', () => {
    expect(foundIn(database)).toEqual([])
  })

  test('of what is shown as a bearer, the database has the hash', () => {
    // That of the old credential ended with the first use of the next one.
    const hashes = secrets
      .filter(({ isHashed, what }) => isHashed && what !== 'a host’s credential')
      .map(({ what, forms: [form] }) => [
        what,
        createHash('sha256')
          .update(form ?? '')
          .digest('hex'),
      ])
    const lost = hashes.filter(([, hash = '']) => !database.includes(hash)).map(([what]) => what)
    expect([hashes.length, lost]).toEqual([9, []])
  })

  test('come back in no answer to a request that was wrong', () => {
    expect(foundIn(Buffer.from(answered.join('\n')))).toEqual([])
  })

  test('this test can fail', () => {
    for (const { forms } of secrets)
      for (const form of forms)
        expect(foundIn(Buffer.concat([Buffer.from('x'), form, Buffer.from('x')]))).not.toEqual([])
  })

  function foundIn(bytes: Buffer): readonly string[] {
    return secrets.filter(({ forms }) => forms.some((form) => bytes.includes(form))).map(({ what }) => what)
  }
})

/** What whoever gets hold of the database has: of SQLite its files as they lie on the disk, log of writes included. */
async function databaseBytes({ databaseUrl }: Api): Promise<Buffer> {
  if (isPostgresql(databaseUrl)) {
    const contents = await contentsOf(databaseUrl)
    return Buffer.from(JSON.stringify([...contents]))
  }
  const file = databaseFile(databaseUrl)
  const parts = [file, `${file}-wal`, `${file}-shm`].filter((path) => existsSync(path))
  return Buffer.concat(parts.map((path) => readFileSync(path)))
}
