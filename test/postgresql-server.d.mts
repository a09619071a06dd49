export interface Postgresql {
  /** Its database `postgres`, as a user who may do everything. */
  readonly url: string
  /** Starts it again after a crash: resolves when it has recovered. */
  start(): Promise<void>
  /** Ends it at once, in the middle of whatever it does. */
  crash(): Promise<void>
  /** Ends it for good; its folder is removed. */
  stop(): Promise<void>
}

export function startPostgresql(settings?: Readonly<Record<string, string>>): Promise<Postgresql>
export function binaries(): string | null
export function freePort(): Promise<number>
