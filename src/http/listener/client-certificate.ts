import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'

/** The certificate that a client has shown: what it is known by, or why it does not count. */
export type ClientCertificate = { readonly name: string } | { readonly fault: string }

const seen = new WeakMap<object, ClientCertificate | null>()

/** The certificate of whoever is at the far end of the connection; null where none was shown, or there is no TLS. */
export function clientCertificateOf({ raw: { socket } }: FastifyRequest): ClientCertificate | null {
  const known = seen.get(socket)
  if (known !== undefined) return known
  const certificate = shownOn(socket as Partial<TLSSocket>)
  seen.set(socket, certificate)
  return certificate
}

/** The name in the client certificate that was accepted; null where none was. */
export function certificateNameOf(request: FastifyRequest): string | null {
  const certificate = clientCertificateOf(request)
  return certificate && 'name' in certificate ? certificate.name : null
}

function shownOn(socket: Partial<TLSSocket>): ClientCertificate | null {
  const certificate = socket.getPeerX509Certificate?.()
  if (!certificate) return null
  if (socket.authorized) return { name: nameIn(certificate) }
  const { authorizationError: fault } = socket
  return { fault: fault instanceof Error ? fault.message : String(fault) }
}

/**
 * What stays when a certificate is renewed: its first URI (as of SPIFFE), else its first DNS name. A certificate with
 * neither is known by its own SHA-256, and another one is another. The subject's common name counts for nothing.
 */
export function nameIn({ subjectAltName, fingerprint256 }: X509Certificate): string {
  const names = alternativeNames(subjectAltName ?? '')
  const name = names.find(({ kind }) => kind === 'URI') ?? names.find(({ kind }) => kind === 'DNS')
  return name ? `${name.kind}:${name.value}` : `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`
}

/** Node puts what could be taken for the next name into quotes; where that is not the form, there are no names. */
function alternativeNames(text: string): readonly { readonly kind: string; readonly value: string }[] {
  const names: { kind: string; value: string }[] = []
  const next = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y
  while (next.lastIndex < text.length) {
    const found = next.exec(text)
    if (!found) return []
    const [, kind = '', value = ''] = found
    if (value !== '') names.push({ kind, value })
  }
  return names
}
