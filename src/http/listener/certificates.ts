import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { TlsFiles } from '../../config.ts'

/** What is in the files that a certificate's renewal changes. */
export interface Certificates {
  readonly cert: string
  readonly key: string
  /** Who signs the certificates of clients. */
  readonly ca?: string
  /** Which of those do not count any more. */
  readonly crl?: string
}

/** How connections are secured. */
export interface ServerTls extends Certificates {
  readonly minVersion: NonNullable<SecureContextOptions['minVersion']>
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
}

/** What the configuration and its files say. Errors: as `readCertificates`. */
export async function serverTls(files: TlsFiles): Promise<ServerTls> {
  return {
    ...(await readCertificates(files)),
    minVersion: 'TLSv1.2',
    requestCert: files.clientCaFile !== null,
    // Where a certificate is only asked for, it is looked at with the request.
    rejectUnauthorized: files.clientCaFile !== null && files.clientCert === 'require',
  }
}

/**
 * Reads certificate, key and the certificates of clients' authorities.
 *
 * Errors: throws with the variable and the file that is not there, is no PEM, or does not belong to the other.
 */
export async function readCertificates(files: TlsFiles): Promise<Certificates> {
  const { certFile, keyFile, clientCaFile, clientCrlFile } = files
  const cert = await pem('BERTH_TLS_CERT_FILE', certFile)
  const key = await pem('BERTH_TLS_KEY_FILE', keyFile)
  const leaf = tried('BERTH_TLS_CERT_FILE', certFile, () => new X509Certificate(cert))
  const secret = tried('BERTH_TLS_KEY_FILE', keyFile, () => createPrivateKey(key))
  if (!leaf.checkPrivateKey(secret))
    throw new Error(`BERTH_TLS_KEY_FILE: ${keyFile} is not the key of ${certFile}`)
  const ca = clientCaFile === null ? null : await pem('BERTH_TLS_CLIENT_CA_FILE', clientCaFile)
  if (clientCaFile !== null && ca !== null)
    tried('BERTH_TLS_CLIENT_CA_FILE', clientCaFile, () => new X509Certificate(ca))
  const crl = clientCrlFile === null ? null : await pem('BERTH_TLS_CLIENT_CRL_FILE', clientCrlFile)
  if (clientCrlFile !== null && crl !== null)
    tried('BERTH_TLS_CLIENT_CRL_FILE', clientCrlFile, () => createSecureContext({ crl }))
  const read = { cert, key, ...(ca !== null && { ca }), ...(crl !== null && { crl }) }
  tried('BERTH_TLS_CERT_FILE', certFile, () => createSecureContext(read))
  return read
}

async function pem(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`${variable}: ${(error as Error).message}`, { cause: error })
  }
}

function tried<T>(variable: string, file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${variable}: ${file} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}
