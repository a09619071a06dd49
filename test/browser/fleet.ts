import type { NewBootEntry } from '../../src/wire/boot-entry.ts'
import type { Api } from '../http/api.ts'
import { ARM64, bootedAt, createEntry, post, snapshotOf, X86, type EnrolledHost } from '../http/fixtures.ts'

/** A small fleet to look at: two racks of one group, and an arm64 host that has booted twice. */
export interface Fleet {
  readonly web: readonly EnrolledHost[]
  readonly arm: EnrolledHost
  /** What every host of `web` takes. */
  readonly entry: string
  /** What no host has a hole for. */
  readonly tooLarge: string
}

const WEB = 4
const OTHER_BOOT = 'arm64-uefi-acpi-4g-boot2'
const HUGE: Partial<NewBootEntry> = {
  title: 'Rescue image',
  initrd: { sha256: 'cd'.repeat(32), size: 3 * 2 ** 30 },
}

export async function fleetOf(api: Api): Promise<Fleet> {
  const web: EnrolledHost[] = []
  for (let n = 1; n <= WEB; n++) {
    const host = await enrolled(api, { hostname: `web-${n}`, arch: 'x86_64', group: 'web' })
    await label(api, host, { rack: n % 2 === 0 ? 'b' : 'a' })
    await post(api, host, snapshotOf(X86))
    web.push(host)
  }
  const arm = await enrolled(api, { hostname: 'edge-1', arch: 'arm64', group: 'edge' })
  await post(api, arm, snapshotOf(ARM64))
  api.clock.now = new Date(api.clock.now.getTime() + 3600_000)
  await post(api, arm, snapshotOf(OTHER_BOOT, 'boot-2'))
  const entry = await createEntry(api, X86, { initrd: null })
  const tooLarge = await createEntry(api, X86, HUGE)
  return { web, arm, entry, tooLarge }
}

/** The agent of a host takes what it is given, jumps, and comes up where the plan said; false where it is given nothing. */
export async function reboot(api: Api, host: EnrolledHost): Promise<boolean> {
  const as = host.credential
  const given = await api.call({ method: 'get', path: '/v1/agent/assignment', as })
  if (given.status === 204) return false
  const { id, body } = given.body.plan as { id: string; body: { expected: { kernel_code: string[] } } }
  for (const phase of ['loaded', 'executing']) {
    const report = { plan: id, phase, boot_id: 'boot-1' }
    await api.call({ method: 'post', path: '/v1/agent/reports', as, body: report })
  }
  await post(api, host, bootedAt(X86, Number(body.expected.kernel_code[0])))
  return true
}

async function enrolled(
  api: Api,
  hints: { hostname: string; arch: string; group: string },
): Promise<EnrolledHost> {
  const { group, ...rest } = hints
  const made = await api.call({
    method: 'post',
    path: '/v1/enrollment-tokens',
    as: api.admin,
    body: { group },
  })
  const body = { token: made.body.token, machine_id: hints.hostname, hardware_model: 'Example R1', ...rest }
  const { body: is } = await api.call({ method: 'post', path: '/v1/agent/enroll', body })
  return { id: is.host as string, credential: is.credential as string }
}

async function label(api: Api, host: EnrolledHost, labels: Record<string, string>): Promise<void> {
  const headers = { 'if-match': '*' }
  await api.call({ method: 'patch', path: `/v1/hosts/${host.id}`, as: api.admin, headers, body: { labels } })
}
