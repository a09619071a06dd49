import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { archOfCapture, collect, enroll, readIdentity, writeIdentity } from '../agent/index.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { captureFilesIn } from './capture-folder.ts'
import { readSigningKeys } from './signing-key-file.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { dispatcherFor } from './tls-files.ts'
import type { TlsOptions } from './tls-options.ts'

export interface AgentEnrollOptions extends TlsOptions {
  readonly server: string
  readonly token: string
  readonly identity: string
  /** Capture folder of the host to enrol in place of this one. */
  readonly emulate?: string
  /** File with the service's public keys; those that it tells are believed where it is left out. */
  readonly signingKey?: string
}

/**
 * `berth agent enroll`: trades a token for this host's credential and keeps it in the identity file.
 * Prints the id of the host. An identity that is there is never written over.
 */
export async function agentEnrollCommand(options: AgentEnrollOptions, io: Io): Promise<ExitCode> {
  const { server, token, identity, emulate, signingKey } = options
  if (await readIdentity(identity)) return fail(io, `${identity} is there already: this host has enrolled`)
  const signingKeys = signingKey === undefined ? undefined : readSigningKeys(signingKey)
  const dispatcher = await dispatcherFor(options)
  const files = emulate === undefined ? await collect() : captureFilesIn(emulate)
  const arch = archOfCapture(files)
  if (!arch.ok) return fail(io, `${arch.error.code}: ${arch.error.detail}`)
  const machineId = files['machine-id']?.trim() || (emulate === undefined ? '' : standInMachineId(files))
  if (machineId === '') return fail(io, 'this host has no machine-id')
  const enrolled = await enroll({
    server,
    token,
    hostname: files.hostname?.trim() || (emulate === undefined ? 'unnamed' : basename(resolve(emulate))),
    machineId,
    arch: arch.value,
    hardwareModel: hardwareModel(files),
    ...(signingKeys && { signingKeys }),
    ...(dispatcher && { dispatcher }),
    sleep: async (ms) => void (await sleep(ms)),
  })
  if (!enrolled.ok) return fail(io, `${enrolled.error.code}: ${enrolled.error.detail}`)
  await writeIdentity(identity, enrolled.value)
  io.out(`${enrolled.value.host}\n`)
  return EXIT.ok
}

/** Old captures carry no machine-id; the same capture is the same host, and another one is another. */
function standInMachineId(files: CaptureFiles): string {
  const said = [files.uname, files.cmdline, files.iomem].join('\n')
  return createHash('sha256').update(said).digest('hex').slice(0, 32)
}

function hardwareModel(files: CaptureFiles): string {
  const field = (name: string) => new RegExp(`^${name} (.+)$`, 'm').exec(files.dmi ?? '')?.[1]?.trim()
  return [field('sys_vendor'), field('product_name')].filter(Boolean).join(' ') || 'unknown'
}

function fail(io: Io, sentence: string): ExitCode {
  io.err(`berth agent enroll: ${sentence}\n`)
  return EXIT.failed
}
