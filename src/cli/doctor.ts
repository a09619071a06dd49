import { collect } from '../agent/collect.ts'
import { captureFilesIn } from './capture-folder.ts'
import { diagnose, type Diagnosis, type DoctorVerdict } from './diagnose.ts'
import { diagnoseIdentity, diagnosePrivileges, diagnoseService } from './diagnose-here.ts'
import { inputErrorLine } from './input-error.ts'
import { readKernelFile } from './kernel-file.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { show, type Output } from './show.ts'
import { toned } from './table.ts'
import type { TlsOptions } from './tls-options.ts'

export interface DoctorOptions extends TlsOptions {
  readonly capture?: string
  /** The kernel image that the host shall start. */
  readonly kernel?: string
  readonly identity: string
  readonly server?: string
  readonly output?: Output
}

const VERDICTS: readonly DoctorVerdict[] = ['ok', 'warn', 'fail']

/** `berth doctor`: what a host can and cannot do. Leaves with 1 where something fails; a warning is none. */
export async function doctorCommand(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const { capture, kernel, output } = options
  const image = kernel === undefined ? null : readKernelFile(kernel)
  if (image && !image.ok) {
    io.err(`${inputErrorLine(image.error)}\n`)
    return EXIT.failed
  }
  const head = image?.value.head
  const items = capture === undefined ? await here(options, head) : diagnose(captureFilesIn(capture), head)
  show(io, output, { items }, () => doctorText(items))
  return items.some(({ verdict }) => verdict === 'fail') ? EXIT.failed : EXIT.ok
}

async function here(
  { identity, server, ...tls }: DoctorOptions,
  head?: Uint8Array,
): Promise<readonly Diagnosis[]> {
  const { found, service } = await diagnoseIdentity(identity)
  const url = server ?? service
  return [
    ...(await diagnosePrivileges()),
    ...diagnose(await collect(), head),
    found,
    ...(url === null ? [] : [await diagnoseService(url, tls)]),
  ]
}

function doctorText(items: readonly Diagnosis[]): string {
  const width = Math.max(...items.map(({ check }) => check.length))
  const lines = items.map(({ check, verdict, says, advice }) => {
    const mark = toned(verdict) + ' '.repeat('warn'.length - verdict.length)
    const indent = ' '.repeat('warn'.length + width + 4)
    return `${mark}  ${check.padEnd(width)}  ${says}\n${advice === null ? '' : `${indent}${advice}\n`}`
  })
  const counts = VERDICTS.map((v) => `${items.filter((item) => item.verdict === v).length} ${v}`)
  return `${lines.join('')}\n${counts.join(', ')}\n`
}
