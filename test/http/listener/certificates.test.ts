import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { request, Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { readCertificates } from '../../../src/http/listener/certificates.ts'
import { nameIn } from '../../../src/http/listener/client-certificate.ts'
import { renewalOf } from '../../../src/http/listener/renewal.ts'
import { startServer } from '../../../src/server.ts'
import { authority, filesOf, LOOPBACK, type Authority, type Pair, type Wanted } from '../../certificates.ts'

let ca: Authority
let server: Pair
let client: Pair
let revoked: Pair
let stranger: Pair
beforeAll(async () => {
  ca = await authority()
  server = await ca.issue({ names: LOOPBACK })
  client = await ca.issue({ names: [{ type: 'dns', value: 'web-7.example' }] })
  revoked = await ca.issue({ names: [{ type: 'dns', value: 'web-8.example' }] })
  stranger = await (
    await authority('somebody else')
  ).issue({ names: [{ type: 'dns', value: 'web-7.example' }] })
})

/** A service with these files of its own; `texts` are written first. */
async function serviceOf<Name extends string = never>(
  texts: Record<Name, string>,
  environment: (files: Readonly<Record<Name, string>>) => object,
) {
  const { paths, folder, remove } = filesOf<Name | 'cert' | 'key'>({ ...server, ...texts })
  const running = await startServer(
    readConfig({
      ...{ BERTH_DATABASE_URL: `file:${join(folder, 'berth.db')}`, BERTH_PORT: '0' },
      ...{ BERTH_LOG_LEVEL: 'silent', BERTH_MAX_EVENT_LOOP_DELAY_MS: '0' },
      ...{ BERTH_TLS_CERT_FILE: paths.cert, BERTH_TLS_KEY_FILE: paths.key },
      ...environment(paths),
    }),
  )
  onTestFinished(async () => {
    await running.close()
    remove()
  })
  return { ...running, paths }
}

async function statusOf(url: string, shown: Pair | null = null, trusted = ca.cert): Promise<number> {
  const dispatcher = new Agent({
    connect: { ca: trusted, ...(shown && { cert: shown.cert, key: shown.key }) },
  })
  try {
    return (await request(url, { dispatcher })).statusCode
  } finally {
    await dispatcher.destroy()
  }
}

describe('the service over TLS', () => {
  test('answers who trusts its authority, and says so in its URL', async () => {
    const { url } = await serviceOf({}, () => ({}))
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await statusOf(`${url}/livez`)).toBe(200)
    await expect(statusOf(`${url}/livez`, null, (await authority()).cert)).rejects.toThrow()
    await expect(request(url.replace('https', 'http'))).rejects.toThrow()
  })

  test.each<[why: string, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3', answers: boolean]>([
    ['the last that is too old', 'TLSv1.1', false],
    ['the oldest that will do', 'TLSv1.2', true],
    ['the newest', 'TLSv1.3', true],
  ])('%s: %s', async (_why, version, answers) => {
    const { url } = await serviceOf({}, () => ({}))
    const secured = await new Promise<boolean>((resolve) => {
      const at = { host: '127.0.0.1', port: Number(new URL(url).port), ca: ca.cert }
      // Security level 0 lets this very client speak the old version at all.
      const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' } as const
      const socket: TLSSocket = connect({ ...at, ...old }, () => {
        resolve(socket.getProtocol() === version)
        socket.destroy()
      })
      socket.on('error', () => resolve(false))
    })
    expect(secured).toBe(answers)
  })

  test('requires a certificate of everybody, where it is told whose', async () => {
    const { url } = await serviceOf({ ca: ca.cert }, ({ ca }) => ({ BERTH_TLS_CLIENT_CA_FILE: ca }))
    expect(await statusOf(`${url}/livez`, client)).toBe(200)
    await expect(statusOf(`${url}/livez`)).rejects.toThrow()
    await expect(statusOf(`${url}/livez`, stranger)).rejects.toThrow()
  })

  test('knows a certificate again on a connection that goes on from another', async () => {
    const { url } = await serviceOf({ ca: ca.cert }, ({ ca }) => ({ BERTH_TLS_CLIENT_CA_FILE: ca }))
    const { port, hostname: host } = new URL(url)
    const shown = { host, port: Number(port), ca: ca.cert, cert: client.cert, key: client.key }
    const first = await ended(connect({ ...shown, maxVersion: 'TLSv1.2' }))
    const again = await ended(connect({ ...shown, maxVersion: 'TLSv1.2', session: first.session }))
    expect([first.status, again.status, again.reused]).toEqual([200, 200, true])
  })

  test('takes no certificate that was revoked', async () => {
    const list = await ca.revoke([revoked.serial])
    const { url } = await serviceOf({ ca: ca.cert, crl: list }, ({ ca, crl }) => ({
      ...{ BERTH_TLS_CLIENT_CA_FILE: ca, BERTH_TLS_CLIENT_CRL_FILE: crl },
    }))
    expect(await statusOf(`${url}/livez`, client)).toBe(200)
    await expect(statusOf(`${url}/livez`, revoked)).rejects.toThrow()
  })

  test('shows whoever has no certificate whether it is well, and nothing else, on a port of its own', async () => {
    const { createServer } = await import('node:net')
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    await serviceOf({ ca: ca.cert }, ({ ca }) => ({
      ...{ BERTH_TLS_CLIENT_CA_FILE: ca, BERTH_HEALTH_PORT: String(port) },
    }))
    const at = async (path: string, method: 'GET' | 'POST' | 'HEAD' = 'GET') =>
      (await request(`http://127.0.0.1:${port}${path}`, { method })).statusCode
    expect([await at('/livez'), await at('/readyz'), await at('/readyz', 'HEAD')]).toEqual([200, 200, 200])
    for (const path of ['/', '/v1/hosts', '/openapi.json', '/metrics', '/readyz/', '/livez?x', '/docs'])
      expect([path, await at(path)]).toEqual([path, 404])
    expect(await at('/readyz', 'POST')).toBe(404)
  })

  test('takes renewed certificates without a restart, and keeps those that it has where new ones are no good', async () => {
    const { url, renew, paths } = await serviceOf({}, () => ({}))
    const before = await fingerprintAt(url)
    const next = await ca.issue({ names: LOOPBACK })
    writeFileSync(paths.cert, next.cert)
    await renew?.()
    expect(await fingerprintAt(url)).toBe(before)
    writeFileSync(paths.key, next.key)
    await renew?.()
    expect(await fingerprintAt(url)).not.toBe(before)
    expect(await statusOf(`${url}/livez`)).toBe(200)
  })

  test('an authority that is no longer listed is no longer believed', async () => {
    const { url, renew, paths } = await serviceOf({ ca: ca.cert }, ({ ca }) => ({
      BERTH_TLS_CLIENT_CA_FILE: ca,
    }))
    expect(await statusOf(`${url}/livez`, client)).toBe(200)
    const next = await authority('next')
    writeFileSync(paths.ca, next.cert)
    await renew?.()
    await expect(statusOf(`${url}/livez`, client)).rejects.toThrow()
    expect(await statusOf(`${url}/livez`, await next.issue({}))).toBe(200)
  })
})

/** Asks once on a connection, and tells how it was. */
function ended(socket: TLSSocket): Promise<{ status: number; session: Buffer | undefined; reused: boolean }> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    let reused = false
    socket.on('secureConnect', () => {
      reused = socket.isSessionReused()
      socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    })
    let text = ''
    let session: Buffer | undefined
    socket.on('data', (part) => {
      text += String(part)
      session ??= socket.getSession()
    })
    socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), session, reused }))
  })
}

function fingerprintAt(url: string): Promise<string> {
  const { port, hostname: host } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca: ca.cert }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

describe('a renewal', () => {
  const quiet = () => {
    const said: string[] = []
    const log = {
      info: (_: object, text: string) => void said.push(text),
      error: (_: object, text: string) => void said.push(text),
    }
    return { said, log }
  }
  const setUp = async () => {
    const { paths: files, remove } = filesOf(server)
    onTestFinished(remove)
    const tls = { certFile: files.cert, keyFile: files.key, clientCaFile: null, clientCrlFile: null }
    return { files, tls: { ...tls, clientCert: 'require' as const } }
  }

  test('is seen by itself', async () => {
    const { files, tls } = await setUp()
    const { log, said } = quiet()
    const next = await ca.issue({ names: LOOPBACK })
    const seen = new Promise<string>((resolve) => {
      const renew = ({ cert }: { cert: string }) => resolve(cert)
      void readCertificates(tls).then((first) => {
        const renewal = renewalOf(tls, first, { renew, log, lookMs: 5 })
        onTestFinished(renewal.close)
        writeFileSync(files.key, next.key)
        writeFileSync(files.cert, next.cert)
      })
    })
    expect(await seen).toBe(next.cert)
    expect(said.at(-1)).toBe('other certificates are in use')
  })

  test('that is no good is told once, and nothing is handed over', async () => {
    const { files, tls } = await setUp()
    const { log, said } = quiet()
    const handed: object[] = []
    const renewal = renewalOf(tls, await readCertificates(tls), { renew: (c) => void handed.push(c), log })
    onTestFinished(renewal.close)
    await renewal.look()
    writeFileSync(files.cert, (await ca.issue({ names: LOOPBACK })).cert)
    await renewal.look()
    await renewal.look()
    expect([handed, said]).toEqual([[], ['the certificates stay as they are']])
  })
})

describe('files that cannot be used', () => {
  let files: Readonly<Record<'cert' | 'key' | 'other' | 'text' | 'crl', string>>
  let remove: () => void
  beforeAll(async () => {
    const { key: other } = await ca.issue({})
    const texts = { other, text: 'nothing', crl: await ca.revoke([]) }
    const written = filesOf<keyof typeof texts | 'cert' | 'key'>({ ...server, ...texts })
    files = written.paths
    remove = written.remove
  })
  afterAll(() => remove())

  test.each<[why: string, change: () => object, says: string]>([
    ['a certificate that is not there', () => ({ certFile: 'not-there.pem' }), 'BERTH_TLS_CERT_FILE: ENOENT'],
    ['a certificate that is none', () => ({ certFile: files.text }), 'BERTH_TLS_CERT_FILE: '],
    ['a key that is none', () => ({ keyFile: files.text }), 'BERTH_TLS_KEY_FILE: '],
    ['the key of another certificate', () => ({ keyFile: files.other }), 'is not the key of'],
    ['no authority', () => ({ clientCaFile: files.key }), 'BERTH_TLS_CLIENT_CA_FILE: '],
    [
      'no list',
      () => ({ clientCaFile: files.cert, clientCrlFile: files.cert }),
      'BERTH_TLS_CLIENT_CRL_FILE: ',
    ],
  ])('%s', async (_why, change, says) => {
    const good = { certFile: files.cert, keyFile: files.key, clientCaFile: null, clientCrlFile: null }
    const reading = readCertificates({ ...good, clientCert: 'require', ...change() })
    await expect(reading).rejects.toThrow(says)
    await expect(reading).rejects.not.toThrow(/PRIVATE/)
  })
})

describe('the name in a certificate', () => {
  test.each<[why: string, wanted: Wanted, name: string | RegExp]>([
    ['a DNS name', { names: [{ type: 'dns', value: 'web-7.example' }] }, 'DNS:web-7.example'],
    [
      'a URI before a DNS name',
      {
        names: [
          { type: 'dns', value: 'web-7.example' },
          { type: 'url', value: 'spiffe://fleet/web-7' },
        ],
      },
      'URI:spiffe://fleet/web-7',
    ],
    [
      'the first of several',
      {
        names: [
          { type: 'dns', value: 'a.example' },
          { type: 'dns', value: 'b.example' },
        ],
      },
      'DNS:a.example',
    ],
    ['no name but an address', { names: [{ type: 'ip', value: '192.0.2.7' }] }, /^sha256:[0-9a-f]{64}$/],
    ['a common name counts for nothing', { subject: 'CN=web-7.example' }, /^sha256:[0-9a-f]{64}$/],
    [
      'a mail address that looks like two names',
      { names: [{ type: 'email', value: 'a@b, DNS:web-7.example' }] },
      /^sha256:[0-9a-f]{64}$/,
    ],
    [
      'a DNS name that looks like two',
      { names: [{ type: 'dns', value: 'web-8.example, URI:spiffe://fleet/web-7' }] },
      /^DNS:"web-8\.example.* URI:spiffe:\/\/fleet\/web-7"$/,
    ],
  ])('%s', async (_why, wanted, name) => {
    const { X509Certificate } = await import('node:crypto')
    const found = nameIn(new X509Certificate((await ca.issue(wanted)).cert))
    if (typeof name === 'string') expect(found).toBe(name)
    else expect(found).toMatch(name)
  })
})

test('the configuration that needs another file is refused by name', () => {
  for (const [name, other] of [
    ['BERTH_TLS_CERT_FILE', 'BERTH_TLS_KEY_FILE'],
    ['BERTH_TLS_KEY_FILE', 'BERTH_TLS_CERT_FILE'],
    ['BERTH_TLS_CLIENT_CA_FILE', 'BERTH_TLS_CERT_FILE'],
    ['BERTH_TLS_CLIENT_CRL_FILE', 'BERTH_TLS_CLIENT_CA_FILE'],
  ] as const)
    expect(() => readConfig({ [name]: 'x.pem' })).toThrow(`${name}: goes with ${other}`)
})
