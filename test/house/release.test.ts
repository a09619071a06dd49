import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'

interface File {
  readonly name: string
  readonly bytes: Uint8Array
}
interface Envelope {
  readonly payloadType: string
  readonly payload: string
  readonly signatures: readonly { readonly sig: string }[]
}

/** Node runs it as it is, without types. */
const { encoded, envelopeOf, faultsOf, statementOf } = (await import(
  /* @vite-ignore */ new URL('../../.ci/release.mjs', import.meta.url).href
)) as {
  encoded(type: string, payload: Uint8Array): Uint8Array
  envelopeOf(statement: object, privatePem: string): Envelope
  faultsOf(files: readonly File[], publicPem: string): string[]
  statementOf(
    files: readonly File[],
    from: object,
  ): { readonly subject: readonly { readonly name: string }[] }
}

const bytes = (text: string) => new TextEncoder().encode(text)
const privatePem = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }))
const publicPem = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }))
const ours = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')

const PROVENANCE = 'provenance.intoto.json'
const FROM = { commit: 'c'.repeat(40), lock: bytes('{}'), node: 'v20.0.0' }
const PARTS: File[] = [
  { name: 'berth-1.0.0.tgz', bytes: bytes('packed') },
  { name: 'berth-1.0.0.cdx.json', bytes: bytes('{}') },
]
const signedBy = (key: KeyObject, parts = PARTS): Envelope =>
  envelopeOf(statementOf(parts, FROM), privatePem(key))
const release = (envelope: object, parts = PARTS): File[] => [
  ...parts,
  { name: PROVENANCE, bytes: bytes(JSON.stringify(envelope)) },
]
const good = signedBy(ours.privateKey)
/** As if the same signature were over another statement. */
const forged = {
  ...good,
  payload: Buffer.from(JSON.stringify(statementOf([], FROM))).toString('base64'),
}
const [tgz, bill] = PARTS as [File, File]

test.each<[why: string, files: File[], faults: RegExp[]]>([
  ['as it was made', release(good), []],
  [
    'another package',
    release(good, [{ ...tgz, bytes: bytes('packeD') }, bill]),
    [/^berth-1.0.0.tgz is not the file/],
  ],
  ['without its list of parts', release(good, [tgz]), [/^berth-1.0.0.cdx.json is not there$/]],
  ['with one file more', release(good, [...PARTS, { name: 'x', bytes: bytes('x') }]), [/^x was not signed$/]],
  ['without provenance', PARTS, [/provenance.* is not there$/]],
  ['signed by somebody else', release(signedBy(other.privateKey)), [/not signed by this key$/]],
  ['another statement under the same signature', release(forged), [/not signed by this key$/]],
  ['a payload of another type', release({ ...good, payloadType: 'text/plain' }), [/not signed by this key$/]],
  ['without a signature', release({ ...good, signatures: [] }), [/not signed by this key$/]],
  ['provenance that is no envelope', release({}), [/cannot be read/]],
])('a release %s', (_why, files, faults) => {
  expect(faultsOf(files, publicPem(ours.publicKey))).toEqual(
    faults.map((fault) => expect.stringMatching(fault)),
  )
})

test('the statement names every file, the commit and the lock file', () => {
  expect(statementOf(PARTS, FROM)).toMatchObject({
    subject: PARTS.map(({ name }) => ({ name, digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } })),
    predicate: {
      buildDefinition: {
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: FROM.commit } },
          { name: 'package-lock.json', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
        ],
      },
    },
  })
})

test('what is signed is the encoding that DSSE describes, with lengths in bytes', () => {
  expect(Buffer.from(encoded('http://example.com/HelloWorld', bytes('hello world'))).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  expect(Buffer.from(encoded('é', bytes('ü'))).toString()).toBe('DSSEv1 2 é 2 ü')
})

test('a key of another kind is refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => signedBy(privateKey)).toThrow('the key is ec, not ed25519')
})
