import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { readConfig } from '../../src/config.ts'
import { startServer, type Running } from '../../src/server.ts'
import { authority, filesOf, LOOPBACK, type Authority, type Files } from '../certificates.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const EMULATE = join(HOSTS, 'x86_64-seabios-2g')

type FileName =
  'ca' | 'stranger' | 'cert' | 'key' | 'web7' | 'web7key' | 'web8' | 'web8key' | 'operator' | 'okey'

let ca: Authority
let files: Files<FileName>
let service: Running
let key: string
beforeAll(async () => {
  ca = await authority()
  const named = (value: string) => ca.issue({ names: [{ type: 'dns', value }] })
  const [own, web7, web8, operator] = [
    await ca.issue({ names: LOOPBACK }),
    ...[await named('web-7.example'), await named('web-8.example'), await ca.issue({})],
  ] as const
  files = filesOf<FileName>({
    ...{ ca: ca.cert, stranger: (await authority('somebody else')).cert },
    ...{ cert: own.cert, key: own.key, web7: web7.cert, web7key: web7.key },
    ...{ web8: web8.cert, web8key: web8.key, operator: operator.cert, okey: operator.key },
  })
  service = await startServer(
    readConfig({
      ...{ BERTH_DATABASE_URL: `file:${join(files.folder, 'berth.db')}`, BERTH_PORT: '0' },
      ...{ BERTH_LOG_LEVEL: 'silent', BERTH_MAX_EVENT_LOOP_DELAY_MS: '0' },
      ...{ BERTH_TLS_CERT_FILE: files.paths.cert, BERTH_TLS_KEY_FILE: files.paths.key },
      BERTH_TLS_CLIENT_CA_FILE: files.paths.ca,
    }),
  )
  key = service.firstKey ?? ''
})
afterAll(async () => {
  await service.close()
  files.remove()
})

/** One command, as somebody would type it. */
async function berth(...argv: string[]) {
  const io = recordedIo()
  const code = await runProgram(argv, io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

const asOperator = () => {
  const { ca, operator, okey } = files.paths
  return ['--server', service.url, '--key', key, '--ca', ca, '--client-cert', operator, '--client-key', okey]
}

describe('commands over TLS', () => {
  test('show a certificate and know the service by its authority', async () => {
    expect(await berth('hosts', ...asOperator())).toMatchObject({ code: 0, stderr: '' })
    const made = await berth('token', 'create', ...asOperator())
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^berth_enroll_/) })
  })

  test.each<[why: string, argv: () => string[], code: number, says: string]>([
    [
      'no certificate',
      () => ['--server', service.url, '--key', key, '--ca', files.paths.ca],
      1,
      'cannot be reached',
    ],
    [
      'an authority that it does not know',
      () => asOperator().map((word) => (word === files.paths.ca ? files.paths.stranger : word)),
      1,
      'cannot be reached',
    ],
    ['a certificate without its key', () => asOperator().slice(0, -2), 2, 'go together'],
    [
      'the key of another certificate',
      () => asOperator().map((word) => (word === files.paths.okey ? files.paths.web7key : word)),
      2,
      'mismatch',
    ],
    [
      'a file that is not there',
      () => asOperator().map((word) => (word === files.paths.ca ? 'not-there.pem' : word)),
      2,
      'not-there.pem',
    ],
  ])('%s is told', async (_why, argv, code, says) => {
    const ran = await berth('hosts', ...argv())
    expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) })
    expect(ran.stderr).not.toContain(key)
  })

  test('doctor reaches the service by the same files', async () => {
    const argv = asOperator()
    const identity = ['--identity', join(files.folder, 'nobody.json')]
    const tls = argv.slice(argv.indexOf('--ca'))
    const well = await berth('doctor', '--server', service.url, ...identity, ...tls)
    expect(well.stdout).toContain(`${service.url} is ready`)
    const ill = await berth('doctor', '--server', service.url, ...identity)
    expect(ill.stdout).toContain(`${service.url} cannot be reached`)
  })
})

describe('an agent over TLS', () => {
  beforeEach(() => {
    vi.stubEnv('BERTH_CA_FILE', files.paths.ca)
    vi.stubEnv('BERTH_CLIENT_CERT_FILE', files.paths.web7)
    vi.stubEnv('BERTH_CLIENT_KEY_FILE', files.paths.web7key)
  })
  afterEach(() => void vi.unstubAllEnvs())

  const enrolled = async () => {
    const identity = join(scratchFolder(), 'identity.json')
    const token = (await berth('token', 'create', ...asOperator())).stdout.trim()
    const own = ['--identity', identity, '--emulate', capture()]
    const ran = await berth('agent', 'enroll', '--server', service.url, '--token', token, ...own)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    return { host: ran.stdout.trim(), own }
  }

  let machines = 0
  const capture = () => {
    const folder = scratchFolder()
    cpSync(EMULATE, folder, { recursive: true })
    writeFileSync(join(folder, 'machine-id.txt'), `${String(++machines).padStart(32, '0')}\n`)
    return folder
  }

  test('is bound to its certificate by enrolling, and works with it', async () => {
    const { host, own } = await enrolled()
    expect((await berth('host', 'show', host, ...asOperator())).stdout).toContain(
      'certificate: DNS:web-7.example',
    )
    expect(await berth('agent', 'once', ...own)).toMatchObject({ code: 0, stderr: '' })
  })

  test('gets nowhere with the certificate of another host, and is told so', async () => {
    const { host, own } = await enrolled()
    const { web8, web8key } = files.paths
    const stolen = await berth('agent', 'once', ...own, '--client-cert', web8, '--client-key', web8key)
    expect(stolen).toMatchObject({ code: 1, stderr: expect.stringContaining('wrong-certificate') })
    await berth('host', 'set', host, '--unbind-certificate', ...asOperator())
    const again = await berth('agent', 'once', ...own, '--client-cert', web8, '--client-key', web8key)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect((await berth('host', 'show', host, ...asOperator())).stdout).toContain('DNS:web-8.example')
  })

  test('takes a renewed certificate for its next connection', async () => {
    const { securedBy } = await import('../../src/agent/secured.ts')
    const { request } = await import('undici')
    const first = await ca.issue({ notAfter: new Date(Date.now() - 60_000) })
    const own = filesOf<'cert' | 'key'>({ cert: first.cert, key: first.key })
    const dispatcher = securedBy({ ca: files.paths.ca, ...own.paths })
    await expect(request(`${service.url}/livez`, { dispatcher })).rejects.toThrow()
    const next = await ca.issue({})
    writeFileSync(own.paths.cert, next.cert)
    writeFileSync(own.paths.key, next.key)
    const answer = await request(`${service.url}/livez`, { dispatcher })
    expect(answer.statusCode).toBe(200)
    await answer.body.dump()
    await dispatcher.destroy()
    own.remove()
  })
})
