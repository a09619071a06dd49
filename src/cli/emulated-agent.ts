import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { emulatedHost, fileJournal, generatedImages, readIdentity, type Agent } from '../agent/index.ts'
import { captureFilesIn } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import type { Io } from './io.ts'

export interface AgentOptions {
  readonly identity: string
  /** Capture folder of the host to emulate. */
  readonly emulate: string
}

/** The emulated machine takes its randomness from here, so that a run can be repeated. */
const SEED = 1

/**
 * The agent of the emulated host of a capture folder, enrolled.
 *
 * Errors: throws a sentence for the user: not enrolled, or a capture that cannot be read.
 */
export async function emulatedAgent(options: AgentOptions, io: Io): Promise<Agent> {
  const identity = await readIdentity(options.identity)
  if (!identity) throw new Error(`${options.identity} is not there: enrol first (berth agent enroll)`)
  const host = emulatedHost(captureFilesIn(options.emulate), { seed: SEED })
  if (!host.ok) throw new Error(host.error.map(inputErrorLine).join('; '))
  return {
    identity,
    backend: host.value.backend,
    capture: () => host.value.capture(),
    images: generatedImages(),
    journal: fileJournal(join(dirname(options.identity), 'journal.json')),
    sleep: async (ms) => void (await sleep(ms)),
    say: (sentence) => io.err(`${sentence}\n`),
  }
}
