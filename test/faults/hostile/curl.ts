import { bytesOf, type HostileRequest } from './request.ts'
import type { Targets } from './targets.ts'

/**
 * A line for a shell that sends the same request to a service at $BERTH, with credentials from the environment: $ADMIN and
 * others by their role. Ids are those of the run; another database has others.
 */
export function curlOf(request: HostileRequest, targets: Targets): string {
  const { method, target, headers, body } = request
  const said = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`, targets)}`)
  const parts = [
    ...['curl', '-sS', '-i', '--path-as-is', '--globoff', '-X', method, ...said],
    ...(body ? ['--data-binary', '@-'] : []),
    `"$BERTH"${quoted(target, targets)}`,
  ]
  const isRaw = headers.some(([name]) => name === 'transfer-encoding') || /[^\x20-\x7e]/.test(target)
  if (isRaw) return `echo ${bytesOf(request).toString('base64')} | base64 -d | nc -q 5 "$HOST" "$PORT"`
  return body ? `echo ${body.toString('base64')} | base64 -d | ${parts.join(' ')}` : parts.join(' ')
}

function quoted(text: string, { admin, viewer, operator, host, session }: Targets): string {
  const escaped = text.replace(/[\\"$`!]/g, (one) => `\\${one}`)
  const named = { ADMIN: admin, VIEWER: viewer, OPERATOR: operator, HOST_CREDENTIAL: host, SESSION: session }
  return `"${Object.entries(named).reduce((out, [name, secret]) => out.replaceAll(secret, `$${name}`), escaped)}"`
}
