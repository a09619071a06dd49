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
      readonly memory: string
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
  /** The kernel of a host was told to jump. */
  | { readonly what: 'jumped'; readonly at: number; readonly host: string; readonly plan: string | null }
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
  | { readonly what: 'service'; readonly at: number; readonly is: 'killed' | 'started' }
  /** A fault that was put in, by its kind. */
  | { readonly what: 'fault'; readonly at: number; readonly kind: string; readonly host: string | null }

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
}

export interface Member {
  readonly host: string
  readonly rollout: string
  readonly wave: number
  readonly domain: string | null
  readonly state: string
  readonly because: string
  readonly fence: number | null
  readonly plan: string | null
}

export interface AuditLine {
  readonly at: number
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
