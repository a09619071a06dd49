import { randomUUID } from 'node:crypto'
import { memoryLog, openLog, type Log } from './durable-log.ts'
import { lazily } from './lazily.ts'
import { detailOf, endsPlan, keyOf, type Message } from './message.ts'

/** Something to be said, with the name under which the service knows it if it hears it twice. */
export interface Spooled {
  readonly id: string
  readonly message: Message
  /** How many messages it says were given up before it. */
  readonly told: number
}

/** What the agent has to say and the service has not taken yet, in order. */
export interface Spool {
  /**
   * Keeps a message; returns when a crash can no longer lose it. The same thing a second time is not kept:
   * the first one is returned where it is still waiting, null where it was taken.
   */
  add(message: Message): Promise<Spooled | null>
  /** Oldest first. */
  waiting(): Promise<readonly Spooled[]>
  /** The service took it, or never will. */
  done(id: string): Promise<void>
}

export interface SpoolLimits {
  readonly messages: number
  readonly bytes: number
}

const LIMITS: SpoolLimits = { messages: 256, bytes: 32 * 1024 * 1024 }
/** What was said lately, so that it is not said again. */
const MAX_KEYS = 1024
/** Bytes of lines that count no more, after which the file is made short again. */
const MAX_DEAD_BYTES = 4 * 1024 * 1024

type Line =
  | { readonly add: Spooled }
  | { readonly done: string }
  | { readonly given_up: readonly string[] }
  | { readonly said: readonly string[]; readonly lost: number }

/** A spool in a file. `say` is told what a crash has spoilt. */
export function fileSpool(path: string, say?: (sentence: string) => void, limits = LIMITS): Spool {
  const get = lazily(async () => {
    const log = await openLog(path)
    if (log.spoilt) say?.(log.spoilt)
    return spoolOn(log, limits)
  })
  return {
    add: async (message) => (await get()).add(message),
    waiting: async () => (await get()).waiting(),
    done: async (id) => (await get()).done(id),
  }
}

export function memorySpool(limits = LIMITS): Spool {
  return spoolOn(memoryLog(), limits)
}

function spoolOn(log: Log, limits: SpoolLimits): Spool {
  const waiting = new Map<
    string,
    { readonly spooled: Spooled; readonly key: string; readonly bytes: number }
  >()
  const said = new Set<string>()
  /** Given up, and not told yet. */
  let lost = 0
  let dead = 0
  for (const line of log.lines) follow(line as Line)

  function follow(line: Line): void {
    if ('add' in line) {
      const { id, message, told } = line.add
      lost -= told
      const bytes = Buffer.byteLength(JSON.stringify(message))
      waiting.set(id, { spooled: line.add, key: keyOf(message), bytes })
    }
    if ('done' in line) {
      const found = waiting.get(line.done)
      if (!found) return
      waiting.delete(line.done)
      dead += found.bytes
      if (found.spooled.message.kind === 'report') said.add(found.key)
      for (const oldest of said) if (said.size > MAX_KEYS) said.delete(oldest)
    }
    if ('given_up' in line) {
      for (const id of line.given_up) {
        const found = waiting.get(id)
        if (!found) continue
        waiting.delete(id)
        dead += found.bytes
        lost += 1 + found.spooled.told
      }
    }
    if ('said' in line) {
      for (const key of line.said) said.add(key)
      lost = line.lost
    }
  }

  async function write(line: Line): Promise<void> {
    await log.append(line)
    follow(line)
    if (dead < MAX_DEAD_BYTES) return
    const told = [...waiting.values()].reduce((sum, { spooled }) => sum + spooled.told, 0)
    // What the waiting ones tell is taken off again when they are read.
    const start: Line = { said: [...said], lost: lost + told }
    await log.rewrite([start, ...[...waiting.values()].map(({ spooled }): Line => ({ add: spooled }))])
    dead = 0
  }

  /** The oldest that ends no plan goes first; only when there is none, the oldest of all. */
  function tooMany(): string[] {
    const left = [...waiting.entries()]
    const out: string[] = []
    let bytes = left.reduce((sum, [, found]) => sum + found.bytes, 0)
    while (left.length > limits.messages || (bytes > limits.bytes && left.length > 1)) {
      const at = left.findIndex(([, { spooled }]) => !endsPlan(spooled.message))
      const [[id, found]] = left.splice(Math.max(at, 0), 1) as [(typeof left)[number]]
      bytes -= found.bytes
      out.push(id)
    }
    return out
  }

  return {
    waiting: async () => [...waiting.values()].map(({ spooled }) => spooled),
    async done(id) {
      if (waiting.has(id)) await write({ done: id })
    },
    async add(message) {
      const key = keyOf(message)
      if (said.has(key)) return null
      for (const found of waiting.values()) if (found.key === key) return found.spooled
      const spooled: Spooled = {
        id: randomUUID(),
        message: telling(message, lost),
        told: message.kind === 'report' ? lost : 0,
      }
      await write({ add: spooled })
      const given_up = tooMany()
      if (given_up.length > 0) await write({ given_up })
      return spooled
    },
  }
}

/** A report says how many messages the service will never see. */
function telling(message: Message, lost: number): Message {
  if (message.kind !== 'report' || lost === 0) return message
  const { detail } = message.report
  const note = `messages given up before this one, the spool being full: ${lost}`
  return {
    kind: 'report',
    report: { ...message.report, detail: detailOf(detail ? `${note}; ${detail}` : note) },
  }
}
