import type { Dispatcher } from 'undici'
import type { CaptureFiles } from '../planner/index.ts'
import { agentClient, type Client } from './client.ts'
import type { Hooks } from './hooks.ts'
import type { Identity } from './identity.ts'
import type { ImageSource } from './images.ts'
import type { Journal } from './journal.ts'
import type { KexecBackend } from './kexec-backend.ts'
import { keyringOf, type Keyring } from './keyring.ts'
import type { Random } from './pace.ts'
import { memorySpool, type Spool } from './spool.ts'
import type { OnStep } from './steps.ts'

/** An enrolled host and everything that its agent works with. Time and chance come from outside. */
export interface Agent {
  readonly identity: Identity
  readonly backend: KexecBackend
  readonly capture: () => Promise<CaptureFiles>
  readonly images: ImageSource
  readonly journal: Journal
  readonly sleep: (ms: number) => Promise<void>
  /** Units: milliseconds since 1970; this process's clock where it is left out. */
  readonly now?: () => number
  readonly random?: Random
  /** What could not be said yet; absent: kept in memory, for one round. */
  readonly spool?: Spool
  /** Stores a changed identity for good; absent: the credential is never changed. */
  readonly keep?: (identity: Identity) => Promise<void>
  /** The service's public keys as an operator has given them: then no other counts, and none is learned. */
  readonly signingKeys?: readonly string[]
  readonly hooks?: Hooks
  /** Why the host must not be rebooted now; null where nothing stands against it. */
  readonly blocked?: () => Promise<string | null>
  /** How to connect to the service; undici's own way where it is left out. */
  readonly dispatcher?: Dispatcher
  /** Ends a question for an assignment at once. */
  readonly signal?: AbortSignal
  /** Where it says what it does; absent: nowhere. */
  readonly say?: (sentence: string) => void
  readonly step?: OnStep
}

/** An agent at work: what it remembers from one round to the next. */
export interface Session {
  readonly agent: Agent
  readonly client: Client
  readonly spool: Spool
  readonly keyring: Keyring
  readonly now: () => number
  readonly random: Random
  readonly say: (sentence: string) => void
  readonly step: OnStep
  /** What was last said of this host's memory, and when. */
  posted: { readonly digest: string; readonly at: number } | null
  /** The newest snapshot that was kept to be said, and what it says. */
  shown: { readonly id: string; readonly digest: string } | null
  /** Whether it was said that this host may not act. */
  isShutOut: boolean
}

export function sessionOf(agent: Agent): Session {
  const { identity, sleep, now = Date.now, random = Math.random, dispatcher } = agent
  const step: OnStep = agent.step ?? (() => {})
  const keep = agent.keep
  let pinned = identity.signing_keys
  const keepTold = async (changed: Identity): Promise<void> => {
    await keep?.(changed)
    const isPinned = changed.signing_keys !== pinned
    pinned = changed.signing_keys
    if (isPinned) await step('signing-keys-written')
    else await step(changed.next ? 'credential-written' : 'credential-adopted')
  }
  const keyring = keyringOf(identity, keep && keepTold)
  return {
    agent,
    client: agentClient({
      ...{ server: identity.server, credential: keyring, sleep, now, random },
      ...(dispatcher && { dispatcher }),
    }),
    spool: agent.spool ?? memorySpool(),
    keyring,
    now,
    random,
    say: agent.say ?? (() => {}),
    step,
    posted: null,
    shown: null,
    isShutOut: false,
  }
}
