import type { Window } from '../../rollout/window.ts'

/** What was seen from outside the service, in the order in which it was seen. Units: virtual ms since 1970. */
export type Seen =
  /** A plan that the service handed out, whether or not the answer arrived. `asked`: when the question was sent. */
  | {
      readonly what: 'handed-out'
      readonly at: number
      readonly asked: number
      readonly host: string
      readonly plan: string
      readonly rollout: string | null
      readonly fence: number | null
      readonly bootId: string | null
      /** Null where no memory matters: the way is through firmware. */
      readonly memory: string | null
      readonly mode: Mode
    }
  /** A report and what the service said to it. */
  | {
      readonly what: 'reported'
      readonly at: number
      readonly asked: number
      readonly host: string
      readonly plan: string
      readonly phase: string
      readonly status: number
    }
  /** The kernel of a host took an image; what its memory was then. */
  | {
      readonly what: 'loaded'
      readonly at: number
      readonly host: string
      readonly plan: string | null
      readonly bootId: string
      readonly memory: string
    }
  /** The kernel of a host was told to jump, or to leave the host to its firmware. */
  | {
      readonly what: 'jumped'
      readonly at: number
      readonly host: string
      readonly plan: string | null
      readonly by: 'kexec' | 'firmware'
    }
  /** A host is up again. `plan`: what it was to boot; null where its power was cut. */
  | {
      readonly what: 'booted'
      readonly at: number
      readonly host: string
      readonly plan: string | null
      readonly came: 'as-planned' | 'elsewhere' | 'cold'
      readonly bootId: string
    }
  /** A host will never be up again. */
  | { readonly what: 'lost'; readonly at: number; readonly host: string; readonly plan: string | null }
  | { readonly what: 'power-cut'; readonly at: number; readonly host: string }
  /** What an operator asked of a rollout, and the status of the answer. */
  | {
      readonly what: 'commanded'
      readonly at: number
      readonly rollout: string
      readonly command: string
      /** Whom it is about; null where it is the whole rollout. */
      readonly host: string | null
      readonly status: number
    }
  | { readonly what: 'deleted'; readonly at: number; readonly host: string }
  /** Somebody has enrolled a copy of a host; the status of the answer. */
  | { readonly what: 'copied'; readonly at: number; readonly host: string; readonly status: number }
  /** A host's credential was not taken. */
  | { readonly what: 'shut-out'; readonly at: number; readonly host: string }
  /** It was, for the first time after that. */
  | { readonly what: 'let-in'; readonly at: number; readonly host: string }
  /** A FleetLock client's call, and the status of the answer; 0 where none came. */
  | {
      readonly what: 'lock'
      readonly at: number
      readonly asked: number
      readonly client: string
      readonly call: 'pre-reboot' | 'steady-state'
      readonly status: number
    }
  | { readonly what: 'service'; readonly at: number; readonly is: 'killed' | 'started' }
  /** A fault that was put in, by its kind. */
  | { readonly what: 'fault'; readonly at: number; readonly kind: string; readonly host: string | null }

/** How a host goes. */
export type Mode = 'kexec' | 'cold' | 'powercycle'

/** What an operator had asked for, in this simulation's own words. */
export interface Asked {
  readonly rollout: string
  readonly pool: string
  readonly slots: number
  readonly ttlMs: number
  readonly maxUnavailable: number
  /** Hosts of one domain at once. */
  readonly perDomain: number
  readonly soakMs: number
  readonly windows: readonly Window[]
  readonly freezes: readonly { readonly from: number; readonly until: number }[]
  /** People other than the author who must approve. */
  readonly approvals: number
  /** How long a result of its health gate counts; null where it has none. */
  readonly healthyMs: number | null
}

/** A time in which what a health gate asks is ill, or gives no answer. */
export interface Illness {
  readonly from: number
  readonly until: number
  readonly is: 'ill' | 'silent'
}

/** What a host's timeline says, oldest first. */
export interface Told {
  readonly at: number
  readonly kind: string
  readonly plan: string | null
}

export interface Member {
  readonly host: string
  readonly rollout: string
  readonly wave: number
  readonly domain: string | null
  readonly state: string
  readonly since: number
  readonly because: string
  readonly fence: number | null
  readonly plan: string | null
  readonly mode: Mode
  /** What it was to go back to; null where it was not. */
  readonly fallback: string | null
}

export interface AuditLine {
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail: { readonly [name: string]: unknown }
}

export interface History {
  readonly start: number
  readonly last: number
  readonly seen: readonly Seen[]
  readonly asked: readonly Asked[]
  /** What the service says at the end. */
  readonly members: readonly Member[]
  readonly rollouts: readonly { readonly rollout: string; readonly state: string }[]
  /** Oldest first. */
  readonly audit: readonly AuditLine[]
  /** Names by the service's ids. */
  readonly names: ReadonlyMap<string, string>
  /** By name; of hosts that are still there. */
  readonly timelines: ReadonlyMap<string, readonly Told[]>
  readonly illnesses: readonly Illness[]
  /** Hosts of models that are denied kexec. */
  readonly denied: ReadonlySet<string>
}

/** What a check looked at, and what it found wrong. */
export interface Checked {
  readonly looked: number
  readonly violations: readonly string[]
}

export type Check = (history: History) => Checked

/** The part of a history that is of one kind. */
export function only<W extends Seen['what']>(
  { seen }: Pick<History, 'seen'>,
  what: W,
): readonly Extract<Seen, { what: W }>[] {
  return seen.filter((s): s is Extract<Seen, { what: W }> => s.what === what)
}
