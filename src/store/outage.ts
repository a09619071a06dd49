/** What can keep a database from doing what is asked, although nothing is wrong with the question. */
export type OutageKind =
  'full' | 'read-only' | 'gone' | 'replaced' | 'held' | 'slow' | 'damaged' | 'failing' | 'away'

/** Why the database cannot do it now. */
export interface Outage {
  readonly kind: OutageKind
  /** A sentence for operators. */
  readonly detail: string
  /** When it is worth asking again. Units: seconds. */
  readonly retryAfter: number
}

const SOON_S = 5
/** Somebody has to do something about it first. */
const LATER_S = 30

const OUTAGES: Readonly<Record<OutageKind, Omit<Outage, 'kind'>>> = {
  full: { detail: 'the disk of the database is full', retryAfter: LATER_S },
  'read-only': { detail: 'the database cannot be written to', retryAfter: LATER_S },
  gone: { detail: 'the file of the database is gone', retryAfter: LATER_S },
  replaced: {
    detail: 'the file of the database was replaced while the service ran',
    retryAfter: SOON_S,
  },
  held: { detail: 'another process holds the database', retryAfter: SOON_S },
  slow: { detail: 'the database took too long', retryAfter: SOON_S },
  damaged: { detail: 'the database is damaged', retryAfter: LATER_S },
  failing: { detail: 'the disk of the database fails', retryAfter: LATER_S },
  away: { detail: 'the database cannot be reached', retryAfter: SOON_S },
}

/** Thrown where the engine itself would not have noticed, or where more is known than the engine said. */
export class DatabaseOut extends Error {
  readonly outage: Outage
  constructor(outage: OutageKind | Outage, cause?: unknown) {
    const whole = typeof outage === 'string' ? { kind: outage, ...OUTAGES[outage] } : outage
    super(whole.detail, { cause })
    this.outage = whole
  }
}

/** The same; but the engine failed while it committed, so nobody knows what it has kept. */
export function unsure(outage: Outage): Outage {
  const detail = `${outage.detail}; whether this was still written is not known: look, or repeat it with its Idempotency-Key`
  return { ...outage, detail }
}

/** By the low byte of SQLite's result code. */
const SQLITE: Readonly<Record<number, OutageKind>> = {
  5: 'held',
  6: 'held',
  8: 'read-only',
  10: 'failing',
  11: 'damaged',
  13: 'full',
  14: 'failing',
  15: 'held',
  26: 'damaged',
}

/** By PostgreSQL's SQLSTATE, or its class. */
const POSTGRESQL: Readonly<Record<string, OutageKind>> = {
  '08': 'away',
  '25006': 'read-only',
  '25P03': 'slow',
  '28': 'away',
  '3D000': 'gone',
  '40': 'held',
  '53': 'away',
  '53100': 'full',
  '55000': 'away',
  '55P03': 'held',
  '57': 'away',
  '57014': 'slow',
  '58': 'failing',
  XX001: 'damaged',
  XX002: 'damaged',
}

/** By what Prisma calls a failure, where its adapter has kept no code. */
const PRISMA: Readonly<Record<string, OutageKind>> = {
  ConnectionClosed: 'away',
  DatabaseAccessDenied: 'away',
  DatabaseDoesNotExist: 'gone',
  DatabaseNotReachable: 'away',
  AuthenticationFailed: 'away',
  SocketTimeout: 'held',
  TlsConnectionError: 'away',
  TooManyConnections: 'away',
}

/** Of transactions that began too late, or took too long. */
const TRANSACTION_API = 'P2028'

/** What node and `pg` say of a connection that is lost, or was never made. */
const LOST_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]
const LOST_WORDS =
  /connection (terminated|error)|connection timeout|timeout exceeded when trying to connect|not queryable/i

interface Thrown {
  /** Prisma leaves it on whatever has passed through it. */
  readonly clientVersion?: unknown
  readonly code?: unknown
  readonly rawCode?: unknown
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: Driver } }
  readonly cause?: Driver
  readonly message?: unknown
}
interface Driver {
  readonly kind?: unknown
  readonly originalCode?: unknown
  readonly extendedCode?: unknown
}

/** Why the database could not, where that is what was thrown; null where something else is wrong. */
export function outageOf(thrown: unknown): Outage | null {
  if (thrown instanceof DatabaseOut) return thrown.outage
  if (typeof thrown !== 'object' || thrown === null) return null
  const { clientVersion } = thrown as Thrown
  // Whoever asks somebody else than the database may lose a connection too.
  return outageNamed(kindOf(thrown, clientVersion !== undefined))
}

/** The same of what an engine's adapter has thrown, which nobody else can have. */
export function outageOfEngine(thrown: unknown): Outage | null {
  if (thrown instanceof DatabaseOut) return thrown.outage
  return typeof thrown === 'object' && thrown !== null ? outageNamed(kindOf(thrown, true)) : null
}

function outageNamed(kind: OutageKind | null): Outage | null {
  return kind && { kind, ...OUTAGES[kind] }
}

/** What was said last: before that Prisma quotes the code that has asked. */
export function lastWordsOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  return said.trim().split('\n').at(-1) ?? ''
}

function kindOf({ code, rawCode, meta, cause, message }: Thrown, isOfDatabase: boolean): OutageKind | null {
  if (typeof rawCode === 'number') return ofSqlite(rawCode)
  const driver = meta?.driverAdapterError?.cause ?? cause
  const original = String(driver?.originalCode ?? '')
  if (/^\d{1,4}$/.test(original)) return ofSqlite(Number(original))
  const known = ofPostgresql(original) ?? PRISMA[String(driver?.kind)]
  if (known) return known
  if (!isOfDatabase) return null
  if (code === TRANSACTION_API) return 'slow'
  if (code === undefined) return typeof message === 'string' && LOST_WORDS.test(message) ? 'away' : null
  return LOST_CODES.includes(String(code)) ? 'away' : ofPostgresql(String(code))
}

function ofSqlite(result: number): OutageKind | null {
  return SQLITE[result & 0xff] ?? null
}

function ofPostgresql(state: string): OutageKind | null {
  return (/^[0-9A-Z]{5}$/.test(state) && (POSTGRESQL[state] ?? POSTGRESQL[state.slice(0, 2)])) || null
}
