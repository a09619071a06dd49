import type { TlsFiles } from '../agent/secured.ts'
import { EXIT } from './io.ts'
import { reasonOf } from './input-error.ts'
import { RemoteFailed } from './remote-failed.ts'
import type { Environment } from './remote.ts'
import type { TlsOptions } from './tls-options.ts'

/**
 * How to connect, where that is not node's own way.
 *
 * Errors: `RemoteFailed` for a file that cannot be used, or a certificate without its key.
 */
export async function dispatcherFor(options: TlsOptions, environment: Environment = process.env) {
  const files = filesIn(options, environment)
  if (files === null) return null
  const { securedBy } = await import('../agent/secured.ts')
  try {
    return securedBy(files)
  } catch (thrown) {
    throw new RemoteFailed(`--ca, --client-cert, --client-key: ${reasonOf(thrown)}`, EXIT.usage)
  }
}

function filesIn(options: TlsOptions, environment: Environment): TlsFiles | null {
  const named = (given: string | undefined, variable: string) => given ?? (environment[variable] || undefined)
  const ca = named(options.ca, 'BERTH_CA_FILE')
  const cert = named(options.clientCert, 'BERTH_CLIENT_CERT_FILE')
  const key = named(options.clientKey, 'BERTH_CLIENT_KEY_FILE')
  if ((cert === undefined) !== (key === undefined))
    throw new RemoteFailed('--client-cert and --client-key go together', EXIT.usage)
  if (ca === undefined && cert === undefined) return null
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

export type Fetch = (asked: Request, how: { readonly signal: AbortSignal }) => Promise<Response>

/** A `fetch` that connects so; node's own where nothing is said. Errors: as `dispatcherFor`. */
export async function fetchFor(options: TlsOptions, environment?: Environment): Promise<Fetch> {
  const dispatcher = await dispatcherFor(options, environment)
  if (dispatcher === null) return fetch
  const undici = await import('undici')
  return async (asked, { signal }) => {
    const { method, url, headers, body } = asked
    const sent = {
      method,
      headers: [...headers] as [string, string][],
      body: body && (await asked.arrayBuffer()),
    }
    return (await undici.fetch(url, { ...sent, signal, dispatcher })) as unknown as Response
  }
}
