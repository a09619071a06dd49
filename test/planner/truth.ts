import { readdirSync, readFileSync } from 'node:fs'
import type { Purpose } from '../../src/planner/index.ts'
import { captureNames } from '../capture.ts'

/** One load that a real kernel was asked for, and what it answered. Tests alone read these files. */
export interface TrueLoad {
  readonly capture: string
  readonly tag: string
  readonly purpose: Purpose
  readonly header: Uint8Array
  readonly kernelSize: number
  readonly initrdSize: number | null
  readonly cmdline: string
  readonly error: string | null
  readonly segments: readonly { kind: string; mem: string; bufsz: number; memsz: number }[]
}

const HOSTS = new URL('../hosts/', import.meta.url)

/** Every `kexec_file…` load of a capture's truth; ENOSYS is a matter of kernel config. */
export function trueLoads(prefix: 'kexec_file' | 'kexec_tools' = 'kexec_file'): TrueLoad[] {
  return captureNames().flatMap((capture) => {
    const dir = new URL(`${capture}/`, HOSTS)
    const truth = json(new URL('truth.json', dir)) as Record<string, Answer>
    const loads = Object.entries(truth).filter(([key]) => key.startsWith(prefix))
    if (prefix === 'kexec_file' && truth.exec) loads.push(['exec', truth.exec.load as Answer])
    if (prefix === 'kexec_tools' && truth.exec_tools)
      loads.push(['exec_tools', truth.exec_tools.load as Answer])
    return loads
      .filter(([, answer]) => answer.error !== 'ENOSYS')
      .map(([tag, answer]) => trueLoad(capture, tag, answer, dir))
  })
}

interface Answer {
  readonly call: { kernel: string; initrd: string | null; cmdline: string; initrd_size?: number }
  readonly initrd_size?: number | null
  readonly error?: string
  readonly segments?: readonly { name: string; mem: string; bufsz: string; memsz: string }[]
  readonly load?: Answer
}

interface Case {
  readonly kernels: Record<string, { size: number; header_file?: string }>
  readonly initrds: Record<string, { size: number }>
}

function trueLoad(capture: string, tag: string, answer: Answer, dir: URL): TrueLoad {
  const made = json(new URL('case.json', dir)) as Case
  const kernel = made.kernels[answer.call.kernel]
  if (!kernel) throw new Error(`${capture}: case.json has no kernel ${answer.call.kernel}`)
  const file =
    kernel.header_file ?? readdirSync(dir).find((f) => f === `kernel-header-${answer.call.kernel}.bin`)
  return {
    capture,
    tag,
    purpose: tag.includes('crash') ? 'crash' : 'reboot',
    header: readFileSync(new URL(file ?? 'kernel-header.bin', dir)),
    kernelSize: kernel.size,
    initrdSize: answer.call.initrd === null ? null : (made.initrds[answer.call.initrd]?.size ?? null),
    cmdline: answer.call.cmdline,
    error: answer.error ?? null,
    segments: (answer.segments ?? []).map((s) => ({
      kind: s.name,
      mem: s.mem,
      bufsz: Number(s.bufsz),
      memsz: Number(s.memsz),
    })),
  }
}

function json(file: URL): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
