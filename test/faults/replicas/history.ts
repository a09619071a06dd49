import type { Entry } from '../../../src/audit/entry.ts'

/** What clients of a service of several replicas have seen, and what its database holds at the end. Units: milliseconds of one clock. */
export interface History {
  readonly asked: readonly Asked[]
  readonly held: Held
  /** What a follower of events was told, in the order in which it was told. */
  readonly told: readonly Told[]
  /** Where it began. */
  readonly toldAfter: number
  /** Each host's pins as each replica says them at the end, as text. */
  readonly pinsByReplica: ReadonlyMap<string, readonly string[]>
  /** How many may hold a place in a pool. */
  readonly slots: number
}

/** What a client wanted. */
export type What =
  | 'set-up'
  | 'enrol'
  | 'snapshot'
  | 'plan'
  | 'pin-read'
  | 'pin-set'
  | 'pin-forget'
  | 'key'
  | 'key-use'
  | 'key-revoke'
  | 'lock'
  | 'unlock'
  | 'poll'
  | 'report'
  | 'rollout'
  | 'look'
  | 'head'

/** One request as its client saw it, however often it was sent. */
export interface Asked {
  /** In the audit too. */
  readonly id: string
  readonly client: string
  readonly what: What
  /** The host, the key or the client that it is about. */
  readonly about: string
  readonly began: number
  readonly ended: number
  /** Of the answer that the client went by; null where none came. */
  readonly status: number | null
  readonly body: string
  readonly etag: string
  /** What the client had sent of its own, and nobody else sends. */
  readonly mark: string
  /** Every answer, also those that came when the client had gone on. */
  readonly answers: readonly Answer[]
}

export interface Answer {
  readonly replica: number
  readonly at: number
  readonly status: number
  readonly body: string
}

/** An event as it was sent. */
export interface Told {
  readonly seq: number
  readonly kind: string
  readonly host: string | null
}

/** What the database holds. */
export interface Held {
  readonly hosts: readonly { readonly id: string; readonly machine: string; readonly generation: number }[]
  readonly snapshots: readonly { readonly id: string; readonly host: string; readonly boot: string }[]
  /** `state`: null where none is kept. */
  readonly plans: readonly { readonly id: string; readonly host: string; readonly state: string | null }[]
  readonly keys: readonly { readonly id: string; readonly name: string; readonly revoked: boolean }[]
  readonly rollouts: readonly { readonly id: string }[]
  readonly pins: readonly HeldPin[]
  /** By id. */
  readonly pinChanges: readonly HeldPinChange[]
  readonly timeline: readonly {
    readonly kind: string
    readonly host: string
    readonly plan: string | null
    readonly snapshot: string | null
  }[]
  /** In the order in which it was written. */
  readonly audit: readonly AuditLine[]
  /** The same as entries of the chain. */
  readonly chain: readonly Entry[]
  /** By number. */
  readonly events: readonly Told[]
  readonly leases: readonly { readonly pool: string; readonly fence: number; readonly holder: string }[]
  readonly lastFences: ReadonlyMap<string, number>
}

export interface HeldPin {
  readonly host: string
  readonly kind: string
  readonly mem: string
  readonly room: number
}

export interface HeldPinChange {
  readonly host: string
  readonly generation: number
  readonly by: string
  readonly kind: string
  readonly change: string
  /** Null where it was forgotten. */
  readonly mem: string | null
  readonly room: number | null
  readonly reason: string
}

export interface AuditLine {
  readonly action: string
  readonly target: string
  readonly request: string
  readonly detail: { readonly [name: string]: unknown }
}

/** What a check looked at, and what it found wrong. */
export interface Checked {
  readonly looked: number
  readonly violations: readonly string[]
}

export type Check = (history: History) => Checked

export const isGood = ({ status }: Asked): boolean => status !== null && status >= 200 && status < 300

/** The pool whose places a client wants: its name begins with it. */
export const poolOf = ({ client }: Pick<Asked, 'client'>): string => client.split('-')[0] ?? ''

/** The requests of one kind. */
export function only(history: Pick<History, 'asked'>, ...kinds: readonly What[]): readonly Asked[] {
  return history.asked.filter(({ what }) => kinds.includes(what))
}

/** What an answer says, where it says anything. */
export function bodyOf<T>({ body }: Pick<Asked, 'body'>): T {
  return JSON.parse(body) as T
}

/** Whether a change of pins is what a request has set or forgotten: a plan that moves a pin keeps its reason. */
export function isOf({ host, reason, by }: HeldPinChange, { about, mark }: Asked): boolean {
  return host === about && reason === mark && !by.startsWith('plan_')
}
