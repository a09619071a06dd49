import { readFile, stat } from 'node:fs/promises'
import { readIdentity } from '../agent/identity.ts'
import { unwell, well, type Diagnosis } from './diagnose.ts'
import { reasonOf } from './input-error.ts'
import { wordsOf } from './remote-failed.ts'
import { fetchFor } from './tls-files.ts'
import type { TlsOptions } from './tls-options.ts'

/** Linux's own numbers. Source: include/uapi/linux/capability.h. */
const CAPABILITIES = { CAP_SYS_ADMIN: 21n, CAP_SYS_BOOT: 22n } as const
const OTHERS = 0o077
const SERVICE_MS = 5000

/** What this process may do. */
export async function diagnosePrivileges(status = '/proc/self/status'): Promise<readonly Diagnosis[]> {
  const text = await readFile(status, 'utf8').catch(() => '')
  const [, hex] = /^CapEff:\s*([0-9a-f]+)$/m.exec(text) ?? []
  const has = (bit: bigint) => hex !== undefined && ((BigInt(`0x${hex}`) >> bit) & 1n) === 1n
  return [
    has(CAPABILITIES.CAP_SYS_BOOT)
      ? well('CAP_SYS_BOOT', 'this process may load and start a kernel')
      : unwell(
          'CAP_SYS_BOOT',
          'fail',
          'this process may not load a kernel',
          'run as root, or give CAP_SYS_BOOT',
        ),
    has(CAPABILITIES.CAP_SYS_ADMIN)
      ? well('CAP_SYS_ADMIN', '/proc/iomem shows its addresses')
      : unwell('CAP_SYS_ADMIN', 'fail', '/proc/iomem shows zeros', 'run as root, or give CAP_SYS_ADMIN'),
  ]
}

/** Who this host is to its service, and where that is. */
export async function diagnoseIdentity(
  path: string,
): Promise<{ readonly found: Diagnosis; readonly service: string | null }> {
  const check = 'identity'
  try {
    const identity = await readIdentity(path)
    if (!identity) {
      const says = `this host has not enrolled: ${path} is not there`
      return { found: unwell(check, 'warn', says, 'enrol it: berth agent enroll'), service: null }
    }
    const { host, server } = identity
    const mode = (await stat(path)).mode & 0o777
    const found =
      (mode & OTHERS) === 0
        ? well(check, `this host is ${host} of ${server}`)
        : unwell(check, 'fail', `others may read ${path}: it holds a secret`, `chmod 0600 ${path}`)
    return { found, service: server }
  } catch (thrown) {
    const found = unwell(check, 'fail', reasonOf(thrown), 'read it as its owner, or enrol this host again')
    return { found, service: null }
  }
}

/** Whether the service answers, and is ready. */
export async function diagnoseService(server: string, tls: TlsOptions = {}): Promise<Diagnosis> {
  const check = 'service'
  try {
    const ask = await fetchFor(tls)
    const answer = await ask(new Request(`${server.replace(/\/+$/, '')}/readyz`), {
      signal: AbortSignal.timeout(SERVICE_MS),
    })
    await answer.body?.cancel()
    if (answer.ok) return well(check, `${server} is ready`)
    const says = `${server} answers ${answer.status}: it is not ready`
    return unwell(check, 'fail', says, 'look at its log, and at /readyz')
  } catch (thrown) {
    const says = `${server} cannot be reached: ${wordsOf(thrown)}`
    return unwell(check, 'fail', says, 'look at name, port, certificate and firewall')
  }
}
