import { webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000

type Name = x509.JsonGeneralNames[number]

/** What a certificate is made of; good from yesterday until tomorrow where nothing is said. */
export interface Wanted {
  readonly names?: readonly Name[]
  readonly subject?: string
  readonly notAfter?: Date
}

/** A certificate and its key, as PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
  readonly serial: string
}

/** Somebody who signs certificates. */
export interface Authority {
  readonly cert: string
  issue(wanted: Wanted): Promise<Pair>
  /** The list of those that do not count any more. */
  revoke(serials: readonly string[]): Promise<string>
}

/** The names of a server that listens on loopback. */
export const LOOPBACK: readonly Name[] = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
]

let serial = 0

/** Makes an authority of its own; nobody trusts it who is not given its certificate. */
export async function authority(name = 'test authority'): Promise<Authority> {
  const keys = await keyPair()
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerial(),
    name: `CN=${name}`,
    keys,
    ...lasting({}),
    signingAlgorithm: CURVE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    cert: own.toString('pem'),
    async issue({ names = [], subject = 'CN=test', notAfter }) {
      const pair = await keyPair()
      const serialNumber = nextSerial()
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject,
        issuer: own.subject,
        publicKey: pair.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: CURVE,
        ...lasting({ notAfter }),
        extensions: [
          new x509.BasicConstraintsExtension(false),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : []),
        ],
      })
      return { cert: issued.toString('pem'), key: await pemOf(pair.privateKey), serial: serialNumber }
    },
    async revoke(serials) {
      const list = await x509.X509CrlGenerator.create({
        issuer: own.subject,
        ...{ thisUpdate: new Date(Date.now() - DAY_MS), nextUpdate: new Date(Date.now() + DAY_MS) },
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date() })),
        signingKey: keys.privateKey,
        signingAlgorithm: CURVE,
      })
      return x509.PemConverter.encode(list.rawData, 'X509 CRL')
    },
  }
}

export interface Files<Name extends string> {
  readonly folder: string
  readonly paths: Readonly<Record<Name, string>>
  remove(): void
}

/** Writes texts into files of a new folder; `remove` takes it away. */
export function filesOf<Name extends string>(texts: Readonly<Record<Name, string>>): Files<Name> {
  const folder = mkdtempSync(path.join(tmpdir(), 'berth-tls-'))
  const written = Object.entries<string>(texts).map(([name, text]) => {
    const file = path.join(folder, `${name}.pem`)
    writeFileSync(file, text, { mode: 0o600 })
    return [name, file]
  })
  const paths = Object.fromEntries(written) as Record<Name, string>
  return { folder, paths, remove: () => rmSync(folder, { recursive: true }) }
}

function keyPair() {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
}

async function pemOf(key: CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key as never)
  return x509.PemConverter.encode(der, 'PRIVATE KEY')
}

function lasting({ notAfter }: { readonly notAfter?: Date | undefined }) {
  const before = notAfter ? notAfter.getTime() - 2 * DAY_MS : Date.now() - DAY_MS
  return { notBefore: new Date(before), notAfter: notAfter ?? new Date(Date.now() + DAY_MS) }
}

/** An even number of digits: the length of what is told of a certificate is in bytes. */
function nextSerial(): string {
  serial += 1
  return `01${serial.toString(16).padStart(6, '0')}`
}
