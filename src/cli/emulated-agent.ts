import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BLOCK_FILE,
  blockedBy,
  emulatedHost,
  fileJournal,
  fileSpool,
  generatedImages,
  readIdentity,
  writeIdentity,
  type Agent,
} from '../agent/index.ts'
import { captureFilesIn } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import { readSigningKeys } from './signing-key-file.ts'
import type { Io } from './io.ts'
import { dispatcherFor } from './tls-files.ts'
import type { TlsOptions } from './tls-options.ts'

export interface AgentOptions extends TlsOptions {
  readonly identity: string
  /** Capture folder of the host to emulate. */
  readonly emulate: string
  /** Folder of what is to be run before and after a reboot; nothing where it is left out. */
  readonly hooks?: string
  /** A file that keeps the host from being rebooted as long as it is there. */
  readonly block?: string
  /** File with the service's public keys; the identity's own where it is left out. */
  readonly signingKey?: string
}

/** The emulated machine takes its randomness from here, so that a run can be repeated. */
const SEED = 1

/**
 * The agent of the emulated host of a capture folder, enrolled. What it must not forget lies beside its identity.
 *
 * Errors: throws a sentence for the user: not enrolled, or a capture that cannot be read.
 */
export async function emulatedAgent(options: AgentOptions, io: Io): Promise<Agent> {
  const { identity: path, hooks, block = BLOCK_FILE, signingKey } = options
  const given = signingKey === undefined ? undefined : readSigningKeys(signingKey)
  const identity = await readIdentity(path, given)
  if (!identity) throw new Error(`${path} is not there: enrol first (berth agent enroll)`)
  const dispatcher = await dispatcherFor(options)
  const host = emulatedHost(captureFilesIn(options.emulate), { seed: SEED })
  if (!host.ok) throw new Error(host.error.map(inputErrorLine).join('; '))
  const say = (sentence: string): void => io.err(`${sentence}\n`)
  return {
    identity,
    backend: host.value.backend,
    capture: () => host.value.capture(),
    images: generatedImages(),
    journal: fileJournal(join(dirname(path), 'journal.log'), say),
    spool: fileSpool(join(dirname(path), 'spool.log'), say),
    keep: (changed) => writeIdentity(path, changed),
    sleep: async (ms) => void (await sleep(ms)),
    blocked: () => blockedBy(block),
    ...(given && { signingKeys: given }),
    ...(dispatcher && { dispatcher }),
    ...(hooks !== undefined && { hooks: { folder: hooks } }),
    say,
  }
}
