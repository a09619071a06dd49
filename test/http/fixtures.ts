import { BLOB_FILES, type CaptureFiles } from '../../src/planner/index.ts'
import type { NewBootEntry } from '../../src/wire/boot-entry.ts'
import type { NewSnapshot } from '../../src/wire/snapshot.ts'
import { hostFile, loadCapture } from '../capture.ts'
import type { Api } from './api.ts'

export const X86 = 'x86_64-ovmf-4g'
export const ARM64 = 'arm64-uefi-acpi-4g-boot1'

export interface EnrolledHost {
  readonly id: string
  readonly credential: string
}

let machines = 0

export async function enroll(
  api: Api,
  hints: { arch?: string; machine_id?: string; group?: string; hardware_model?: string } = {},
): Promise<EnrolledHost> {
  const { group, ...rest } = hints
  const token = await api.call({
    method: 'post',
    path: '/v1/enrollment-tokens',
    as: api.admin,
    body: group === undefined ? {} : { group },
  })
  const body = {
    token: token.body.token as string,
    machine_id: `machine-${++machines}`,
    hostname: 'node-1',
    arch: 'x86_64',
    hardware_model: 'model',
    ...rest,
  }
  const { body: enrolled } = await api.call({ method: 'post', path: '/v1/agent/enroll', body })
  return { id: enrolled.host as string, credential: enrolled.credential as string }
}

export function snapshotOf(capture: string, boot_id = 'boot-1', change: CaptureFiles = {}): NewSnapshot {
  const files = Object.entries({ ...loadCapture(capture), ...change }).map(([name, content]) => [
    name,
    isBlob(name) ? Buffer.from(content as Uint8Array).toString('base64') : content,
  ])
  return { boot_id, files: Object.fromEntries(files) as NewSnapshot['files'] }
}

/** The host's next boot: another boot_id and command line, and the kernel where `at` says. */
export function bootedAt(
  capture: string,
  at: number,
  { boot_id = 'boot-2', cmdline = 'console=ttyS0 nokaslr' } = {},
): NewSnapshot {
  const hex = (n: number) => n.toString(16).padStart(8, '0')
  const lines = (loadCapture(capture).iomem ?? '').split('\n').filter((line) => !/ : Kernel /.test(line))
  const inside = (line: string) => {
    const [, start = '', last = ''] = /^([0-9a-f]+)-([0-9a-f]+) : System RAM/.exec(line) ?? []
    return start !== '' && Number(`0x${start}`) <= at && at < Number(`0x${last}`)
  }
  const ram = lines.findIndex(inside)
  lines.splice(ram + 1, 0, `  ${hex(at)}-${hex(at + 0x7fffff)} : Kernel code`)
  return snapshotOf(capture, boot_id, { iomem: lines.join('\n'), cmdline: `${cmdline}\n` })
}

export async function post(api: Api, host: EnrolledHost, snapshot: NewSnapshot) {
  const path = `/v1/hosts/${host.id}/snapshots`
  const { body } = await api.call({ method: 'post', path, as: host.credential, body: snapshot })
  return body as { id: string; memory_digest: string; landing: { verdict: string; plan: string } | null }
}

/** The kernel that the capture's experiment loaded. */
export function entryOf(capture: string, change: Partial<NewBootEntry> = {}): NewBootEntry {
  const header = hostFile(capture, 'kernel-header.bin') ?? Buffer.alloc(0)
  const { kernels } = JSON.parse(String(hostFile(capture, 'case.json'))) as {
    kernels: Record<string, { size: number; sha256: string; header_file: string }>
  }
  const kernel = Object.values(kernels).find((k) => k.header_file === 'kernel-header.bin')
  if (!kernel) throw new Error(`${capture} names no kernel`)
  return {
    title: 'Debian',
    version: releaseOf(capture),
    architecture: capture.startsWith('arm64') ? 'arm64' : 'x86_64',
    linux: { sha256: kernel.sha256, size: kernel.size, header: header.toString('base64') },
    initrd: { sha256: 'ab'.repeat(32), size: 1048576 },
    options: 'console=ttyS0 nokaslr',
    devicetree: null,
    ...change,
  }
}

export async function createEntry(
  api: Api,
  capture = X86,
  change: Partial<NewBootEntry> = {},
): Promise<string> {
  const body = entryOf(capture, change)
  const created = await api.call({ method: 'post', path: '/v1/boot-entries', as: api.admin, body })
  return created.body.id as string
}

export async function createPlan(api: Api, host: EnrolledHost, body: object): Promise<string> {
  const path = `/v1/hosts/${host.id}/plans`
  const created = await api.call({ method: 'post', path, as: api.admin, body })
  if (created.status !== 201) throw new Error(created.text)
  return created.body.id as string
}

/** A host with a snapshot and a plan. */
export async function plannedHost(api: Api, change: Partial<NewBootEntry> = {}) {
  const host = await enroll(api)
  const snapshot = await post(api, host, snapshotOf(X86))
  const entry = await createEntry(api, X86, change)
  const plan = await createPlan(api, host, { boot_entry: entry })
  return { host, snapshot, entry, plan }
}

/** A rollout: a draft, or handed in at once. Its author is the admin. */
export async function createRollout(api: Api, spec: object, submitted = false): Promise<string> {
  const body = {
    name: 'test',
    health: [{ id: 'smoke', kind: 'hook' }],
    ...(submitted && { health: [] }),
    ...spec,
  }
  const made = await api.call({ method: 'post', path: '/v1/rollouts', as: api.admin, body })
  if (made.status !== 201) throw new Error(made.text)
  const id = made.body.id as string
  if (!submitted) return id
  const path = `/v1/rollouts/${id}/submit`
  const done = await api.call({ method: 'post', path, as: api.admin, body: { reason: 'test' } })
  if (done.status !== 200) throw new Error(done.text)
  return id
}

export async function createKey(api: Api, role: string): Promise<string> {
  const body = { role, name: `a ${role}` }
  const created = await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body })
  return created.body.key as string
}

function releaseOf(capture: string): string {
  return loadCapture(capture).uname?.split(' ')[2] ?? ''
}

function isBlob(name: string): boolean {
  return (BLOB_FILES as readonly string[]).includes(name)
}
