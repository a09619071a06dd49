import { X509Certificate } from 'node:crypto'
import type { TlsFiles } from '../../config.ts'
import { readCertificates, type Certificates } from './certificates.ts'

/** Whoever renews certificates may say so by SIGHUP; who cannot is served within this time. */
export const LOOK_MS = 60_000

interface Log {
  info(what: object, text: string): void
  error(what: object, text: string): void
}

export interface Renewal {
  /** Looks at the files now. */
  look(): Promise<void>
  close(): void
}

/**
 * Looks at the files of certificates again and again, and hands over what has changed in them. What cannot be used
 * is told once and not handed over: of a pair that is being replaced, one file may be there before the other.
 */
export function renewalOf(
  files: TlsFiles,
  first: Certificates,
  { renew, log, lookMs = LOOK_MS }: { renew: (c: Certificates) => void; log: Log; lookMs?: number },
): Renewal {
  let held = textOf(first)
  let lastFault = ''
  const look = async (): Promise<void> => {
    try {
      const found = await readCertificates(files)
      lastFault = ''
      if (textOf(found) === held) return
      renew(found)
      held = textOf(found)
      const { subject, validTo } = new X509Certificate(found.cert)
      log.info({ subject, until: validTo }, 'other certificates are in use')
    } catch (err) {
      const fault = err instanceof Error ? err.message : String(err)
      if (fault !== lastFault) log.error({ err }, 'the certificates stay as they are')
      lastFault = fault
    }
  }
  const timer = setInterval(() => void look(), lookMs).unref()
  return { look, close: () => clearInterval(timer) }
}

function textOf({ cert, key, ca = '', crl = '' }: Certificates): string {
  return JSON.stringify([cert, key, ca, crl])
}
