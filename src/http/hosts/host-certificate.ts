import type { FastifyRequest } from 'fastify'
import type { TlsFiles } from '../../config.ts'
import { newId } from '../../store/new-id.ts'
import type { ShownCredential } from '../../store/hosts.ts'
import { RequestFailed, type Failure } from '../failure.ts'
import { certificateNameOf, clientCertificateOf } from '../listener/client-certificate.ts'
import type { Writing } from '../write.ts'

/** Whether hosts come with certificates: null where nobody is asked for one. */
export type CertificateRule = TlsFiles['clientCert'] | null

/**
 * Why the credential of a host does not do on this connection: it is bound to another client certificate, or comes
 * without one where hosts must have one. Null where it does, and where certificates are not asked for.
 */
export function certificateFault(
  request: FastifyRequest,
  host: Pick<ShownCredential, 'certificate'> | null,
  rule: CertificateRule,
): Failure | null {
  if (rule === null) return null
  const bound = host?.certificate ?? null
  const name = certificateNameOf(request)
  const isGood = bound === null ? name !== null || rule === 'ask' : bound === name
  if (isGood) return null
  const shown = clientCertificateOf(request)
  const what =
    bound === null
      ? 'a host needs a client certificate here'
      : 'the credential of this host is bound to another client certificate'
  return { code: 'wrong-certificate', detail: `${what} (${told(shown)})` }
}

/** Errors: `wrong-certificate` where hosts need a certificate and there is none. */
export function mustHaveCertificate(request: FastifyRequest, rule: CertificateRule): void {
  const fault = certificateFault(request, null, rule)
  if (fault) throw new RequestFailed(fault)
}

/** From here on the host's credential is good together with this certificate alone. False where another was quicker. */
export async function bindCertificate(
  { rows, at, audit }: Writing,
  id: string,
  name: string,
): Promise<boolean> {
  const host = await rows.hosts.get(id)
  if (!host || host.certificate !== null) return host?.certificate === name
  await rows.hosts.update(id, { certificate: name })
  const event = { id: newId('ev', at), hostId: id, at, plan: null, snapshot: null }
  await rows.timeline.append({ ...event, kind: 'certificate-bound', detail: name })
  await audit('host.certificate-bind', id, { certificate: name }, id)
  return true
}

function told(shown: ReturnType<typeof clientCertificateOf>): string {
  if (shown === null) return 'none was shown'
  return 'fault' in shown ? shown.fault : `it came with ${shown.name}`
}
