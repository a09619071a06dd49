import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  archOfCapture,
  emulatedHost,
  enroll,
  memoryJournal,
  once,
  postSnapshot,
  type Agent,
  type ImageSource,
  type KexecBackend,
} from '../../agent/index.ts'
import type { PlanBody } from '../../planner/index.ts'
import type { DemoHost } from './demo-hosts.ts'
import type { Operator } from './operator.ts'

/** One boot of one host: where its kernel was planned, where the running kernel alone would have put it, what became of it. */
export interface DemoBoot {
  readonly kernel: string | null
  readonly alone: string | null
  readonly verdict: string
}

export interface DemoRow {
  readonly name: string
  readonly arch: string
  readonly firmware: string
  readonly boots: readonly DemoBoot[]
}

export interface DemoWith {
  readonly server: string
  readonly operator: Operator
  readonly images: ImageSource
  readonly boots: number
  /** For tests: what stands between agent and machine. */
  readonly tamper?: (backend: KexecBackend) => KexecBackend
}

/** Enrols one captured host over HTTP and takes it through its boots: snapshot, pinned plan, load, jump, proof. */
export async function runHost(host: DemoHost, given: DemoWith): Promise<DemoRow> {
  const arch = archOfCapture(host.files)
  if (!arch.ok) throw new Error(`${host.name}: ${arch.error.detail}`)
  const emulated = emulatedHost(host.files, { seed: seedOf(host.name), gicHazards: true })
  if (!emulated.ok) throw new Error(`${host.name}: ${JSON.stringify(emulated.error)}`)
  const { token } = await given.operator.post<{ token: string }>('/enrollment-tokens', {})
  const identity = await enroll({
    server: given.server,
    token,
    hostname: host.name,
    machineId: createHash('sha256').update(host.name).digest('hex').slice(0, 32),
    arch: arch.value,
    hardwareModel: 'emulated',
    sleep,
  })
  if (!identity.ok) throw new Error(`${host.name}: ${identity.error.detail}`)
  const backend = given.tamper?.(emulated.value.backend) ?? emulated.value.backend
  const agent: Agent = {
    identity: identity.value,
    backend,
    capture: emulated.value.capture,
    images: given.images,
    journal: memoryJournal(),
    sleep: (ms) => sleep(ms),
  }
  const entry = await given.operator.post<{ id: string }>('/boot-entries', bootEntry(host, arch.value))
  const boots: DemoBoot[] = []
  for (let n = 0; n < given.boots; n++) {
    const boot = await oneBoot(agent, entry.id, given.operator)
    boots.push(boot)
    if (boot.verdict !== 'landed') break
  }
  return { name: host.name, arch: arch.value, firmware: firmwareOf(host, arch.value), boots }
}

async function oneBoot(agent: Agent, entry: string, operator: Operator): Promise<DemoBoot> {
  const { host } = agent.identity
  const posted = await postSnapshot(agent)
  if (!posted.ok)
    return { kernel: null, alone: null, verdict: `${posted.error.code}: ${posted.error.detail}` }
  const alone = await kernelAlone(operator, host, entry)
  let plan: { id: string; body: PlanBody }
  try {
    plan = await operator.post(`/hosts/${host}/plans`, { boot_entry: entry, assign: true })
  } catch (error) {
    return { kernel: null, alone, verdict: error instanceof Error ? error.message : String(error) }
  }
  const kernel = kernelOf(plan.body)
  const round = await once(agent)
  if (!round.ok) return { kernel, alone, verdict: `${round.error.code}: ${round.error.detail}` }
  const { state, landing } = await operator.get<{ state: string; landing: { certainty: string } | null }>(
    `/plans/${plan.id}/state`,
  )
  const { applied } = round.value
  if (applied && applied.outcome !== 'jumped') {
    return { kernel, alone, verdict: `${state}: ${applied.because.code}` }
  }
  // A kernel that may have moved after the jump is loaded where planned, which is not landed there.
  const exact = state !== 'landed' || landing?.certainty === 'exact'
  return { kernel, alone, verdict: exact ? state : 'load-only' }
}

/** What the running kernel's own search gives: the reason why pins exist. */
async function kernelAlone(operator: Operator, host: string, entry: string): Promise<string | null> {
  try {
    const body = { boot_entry: entry, strategy: 'kexec_file' }
    const preview = await operator.post<{ body: PlanBody }>(`/hosts/${host}/plans?dry_run=true`, body)
    return kernelOf(preview.body)
  } catch {
    return null
  }
}

function kernelOf(body: PlanBody): string | null {
  return body.segments.find((s) => s.kind === 'kernel')?.mem ?? null
}

function bootEntry(host: DemoHost, architecture: string): unknown {
  const { kernel, initrd } = host
  return {
    title: `next kernel of ${host.name}`,
    version: host.files.uname?.split(' ')[2] ?? 'unknown',
    architecture,
    linux: { sha256: kernel.sha256, size: kernel.size, header: Buffer.from(kernel.head).toString('base64') },
    initrd: initrd && { sha256: initrd.sha256, size: initrd.size },
    // Without nokaslr the decompressor would move an x86_64 kernel once more, and nothing could be proven.
    options: architecture === 'x86_64' ? `${host.cmdline} nokaslr` : host.cmdline,
  }
}

function firmwareOf(host: DemoHost, arch: string): string {
  const efi = (host.files['efi-ls'] ?? '').trim() !== '' || (host.files['efi-systab'] ?? '').trim() !== ''
  if (efi) return 'UEFI'
  return arch === 'arm64' ? 'device tree' : 'BIOS'
}

/** Each host has its own luck, and the same one in every run. */
function seedOf(name: string): number {
  return Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 7), 16)
}
