import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { Agent, buildConnector, type Dispatcher } from 'undici'

/** Files by which a client knows its service, and is known by it. */
export interface TlsFiles {
  /** Who signs the service's certificate: nobody else counts then. */
  readonly ca?: string
  /** The client's own certificate, and its key. */
  readonly cert?: string
  readonly key?: string
}

/**
 * Connections by these files. They are read for each connection: certificates are renewed while an agent runs.
 *
 * Errors: throws with the file that cannot be read, or the words of what is wrong with them together.
 */
export function securedBy(files: TlsFiles): Dispatcher {
  createSecureContext(contentsOf(files))
  return new Agent({
    connect(to, done) {
      let connect: buildConnector.connector
      try {
        connect = buildConnector({ ...contentsOf(files), maxCachedSessions: 0 })
      } catch (error) {
        done(error as Error, null)
        return
      }
      connect(to, done)
    },
  })
}

function contentsOf({ ca, cert, key }: TlsFiles): Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  const read = (file: string) => readFileSync(file, 'utf8')
  return {
    ...(ca !== undefined && { ca: read(ca) }),
    ...(cert !== undefined && { cert: read(cert) }),
    ...(key !== undefined && { key: read(key) }),
  }
}
