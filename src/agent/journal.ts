import { memoryLog, openLog, type Log } from './durable-log.ts'
import { lazily } from './lazily.ts'

/** What the agent wrote down last: it survives the jump, and tells the next boot where this one came from. */
export interface JournalEntry {
  readonly plan: string
  readonly phase: JournalPhase
  readonly boot_id: string
  /** What makes the assignment good for once. */
  readonly nonce?: string
  /** Which host took it, and its serial: none that is not above it is taken after it. */
  readonly host?: string
  readonly serial?: number
  /** It goes through firmware: between the word and the end of the boot there is time. */
  readonly mode?: 'cold' | 'powercycle'
  /** The service wants to know what the post-boot hooks said. */
  readonly post_boot?: boolean
}

/** Up to `executing` something is still to come; the last three end a plan. */
export type JournalPhase = 'begun' | 'loading' | 'loaded' | 'executing' | 'refused' | 'failed' | 'settled'

/** Where it writes before it acts. */
export interface Journal {
  read(): Promise<JournalEntry | null>
  /** Returns when a crash can no longer take it back. */
  write(entry: JournalEntry): Promise<void>
  /** Whether an assignment with this nonce was begun before. */
  used(nonce: string): Promise<boolean>
  /** The highest serial that a host has taken; 0 before the first. */
  lastSerial(host: string): Promise<number>
}

/** So many nonces are remembered; the service has forgotten an assignment long before. */
const MAX_NONCES = 1024
/** Lines after which the file is made short again. */
const MAX_LINES = 8 * MAX_NONCES

export function isUnderWay({ phase }: JournalEntry): boolean {
  return phase === 'begun' || phase === 'loading' || phase === 'loaded' || phase === 'executing'
}

/** A journal in a file that is only ever appended to. `say` is told what a crash has spoilt. */
export function fileJournal(path: string, say?: (sentence: string) => void): Journal {
  const get = lazily(async () => {
    const log = await openLog(path)
    if (log.spoilt) say?.(log.spoilt)
    return journalOn(log)
  })
  return {
    read: async () => (await get()).read(),
    write: async (entry) => (await get()).write(entry),
    used: async (nonce) => (await get()).used(nonce),
    lastSerial: async (host) => (await get()).lastSerial(host),
  }
}

/** A journal for hosts that exist in memory only. */
export function memoryJournal(): Journal {
  return journalOn(memoryLog())
}

function journalOn(log: Log): Journal {
  const entries = log.lines.filter(isEntry)
  let last = entries.at(-1) ?? null
  let lines = entries.length
  const nonces = new Set<string>()
  const serials = new Map<string, number>()
  for (const entry of entries) remember(entry)

  function remember({ nonce, host, serial }: JournalEntry): void {
    if (host !== undefined && serial !== undefined)
      serials.set(host, Math.max(serial, serials.get(host) ?? 0))
    if (nonce !== undefined) nonces.add(nonce)
    for (const oldest of nonces) if (nonces.size > MAX_NONCES) nonces.delete(oldest)
  }
  return {
    read: async () => last,
    used: async (nonce) => nonces.has(nonce),
    lastSerial: async (host) => serials.get(host) ?? 0,
    async write(entry) {
      if (lines >= MAX_LINES && last) {
        const { plan, phase, boot_id } = last
        const taken = [...serials].map(([host, serial]) => ({ host, serial }))
        const used = [...nonces].map((nonce) => ({ nonce }))
        const kept = [...taken, ...used].map((what) => ({ plan, phase, boot_id, ...what }))
        await log.rewrite([...kept, last])
        lines = kept.length + 1
      }
      await log.append(entry)
      lines += 1
      last = entry
      remember(entry)
    },
  }
}

function isEntry(line: unknown): line is JournalEntry {
  const { plan, phase, boot_id } = (line ?? {}) as Partial<Record<string, unknown>>
  return typeof plan === 'string' && typeof phase === 'string' && typeof boot_id === 'string'
}
