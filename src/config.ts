import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const count = z.coerce.number().int().min(1)

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
const file = z.string().optional()
const origins = list.refine((all) => all.every(isOrigin), 'must be origins, as https://metrics.example:9090')

const Environment = z.object({
  BERTH_DATABASE_URL: z
    .string()
    .regex(/^(file|postgres|postgresql):/, 'must begin with file: or postgresql:')
    .default('file:./berth.db'),
  BERTH_HOST: z.string().default('127.0.0.1'),
  BERTH_PORT: port.default(7480),
  BERTH_HEALTH_PORT: port.optional(),
  BERTH_TLS_CERT_FILE: file,
  BERTH_TLS_KEY_FILE: file,
  BERTH_TLS_CLIENT_CA_FILE: file,
  BERTH_TLS_CLIENT_CRL_FILE: file,
  BERTH_TLS_CLIENT_CERT: z.enum(['require', 'hosts', 'ask']).default('require'),
  BERTH_ADMIN_KEY: z
    .string()
    .regex(/^berth_admin_[0-9a-z]{1,40}_[0-9A-Za-z]{20,100}$/, 'must look like berth_admin_<id>_<secret>')
    .optional(),
  BERTH_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  BERTH_BODY_LIMIT: count.default(16 * 1024 * 1024),
  BERTH_MAX_CONNECTIONS: count.default(20_000),
  BERTH_RATE_LIMIT: count.default(600),
  BERTH_AGENT_RATE_LIMIT: count.default(120),
  BERTH_CREDENTIAL_DAYS: count.max(36_500).default(90),
  BERTH_PROBE_ORIGINS: origins,
  BERTH_WEBHOOK_ORIGINS: origins,
  BERTH_SIGNING_KEY_FILE: list,
  BERTH_TRUST_PROXY: z
    .string()
    .regex(/^(true|false|[1-9])$/, 'must be true, false, or how many proxies there are')
    .default('false'),
  BERTH_MAX_EVENT_LOOP_DELAY_MS: z.coerce.number().int().min(0).default(2000),
  BERTH_MAX_HEAP_BYTES: z.coerce.number().int().min(0).default(0),
})

/** What the service can be told. */
export interface Config {
  readonly databaseUrl: string
  readonly host: string
  readonly port: number
  /** Where /livez and /readyz, and nothing else, are answered without TLS too; null for nowhere. */
  readonly healthPort: number | null
  /** Null where it speaks HTTP. */
  readonly tls: TlsFiles | null
  readonly adminKey: string | null
  readonly logLevel: string
  /** Bytes of a request's body. */
  readonly bodyLimit: number
  /** How many connections are open at once; one more is closed at once. */
  readonly maxConnections: number
  /** Requests a minute for each key, and for each address without one. */
  readonly rateLimit: number
  /** Requests a minute for each host's agent. */
  readonly agentRateLimit: number
  /** Hosts are asked to change a credential that is older; none ever ends by itself. */
  readonly credentialDays: number
  /** Whom the health gates of rollouts may ask; nobody else, whatever a rollout says. */
  readonly probeOrigins: readonly string[]
  /** Where webhooks may lead though it is not public or not https. */
  readonly webhookOrigins: readonly string[]
  /** Keys by which it signs, the newest first; where there are none, one file beside the database. */
  readonly signingKeyFiles: readonly string[]
  /** How many proxies stand before it, each of which says whom it was asked by; what came before them is anybody's word. */
  readonly trustProxy: number | false
  /** Above either, requests are answered 503; 0 is no limit. */
  readonly maxEventLoopDelayMs: number
  readonly maxHeapBytes: number
}

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
  /** Who signs the certificates of clients; null where none is asked for. */
  readonly clientCaFile: string | null
  readonly clientCrlFile: string | null
  /** Of whom a certificate is required: of everybody, of hosts, or of nobody, and all are asked. */
  readonly clientCert: 'require' | 'hosts' | 'ask'
}

/**
 * Reads the environment, once.
 *
 * Errors: throws with every variable that is wrong.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const read = Environment.safeParse(given)
  if (!read.success)
    throw notRight(read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const env = read.data
  return {
    databaseUrl: env.BERTH_DATABASE_URL,
    host: env.BERTH_HOST,
    port: env.BERTH_PORT,
    healthPort: env.BERTH_HEALTH_PORT ?? null,
    tls: tlsOf(env),
    adminKey: env.BERTH_ADMIN_KEY ?? null,
    logLevel: env.BERTH_LOG_LEVEL,
    bodyLimit: env.BERTH_BODY_LIMIT,
    maxConnections: env.BERTH_MAX_CONNECTIONS,
    rateLimit: env.BERTH_RATE_LIMIT,
    agentRateLimit: env.BERTH_AGENT_RATE_LIMIT,
    credentialDays: env.BERTH_CREDENTIAL_DAYS,
    probeOrigins: env.BERTH_PROBE_ORIGINS,
    webhookOrigins: env.BERTH_WEBHOOK_ORIGINS,
    signingKeyFiles: env.BERTH_SIGNING_KEY_FILE,
    trustProxy: env.BERTH_TRUST_PROXY === 'false' ? false : Number(env.BERTH_TRUST_PROXY) || 1,
    maxEventLoopDelayMs: env.BERTH_MAX_EVENT_LOOP_DELAY_MS,
    maxHeapBytes: env.BERTH_MAX_HEAP_BYTES,
  }
}

/** Errors: throws on a file that says nothing without another. */
function tlsOf(env: z.infer<typeof Environment>): TlsFiles | null {
  const needs = ([name, other]: readonly [keyof typeof env, keyof typeof env]): string[] =>
    env[name] !== undefined && env[other] === undefined ? [`${name}: goes with ${other}`] : []
  const wrong = FILES_THAT_GO_TOGETHER.flatMap(needs)
  if (wrong.length > 0) throw notRight(wrong)
  const { BERTH_TLS_CERT_FILE: certFile, BERTH_TLS_KEY_FILE: keyFile } = env
  if (certFile === undefined || keyFile === undefined) return null
  return {
    certFile,
    keyFile,
    clientCaFile: env.BERTH_TLS_CLIENT_CA_FILE ?? null,
    clientCrlFile: env.BERTH_TLS_CLIENT_CRL_FILE ?? null,
    clientCert: env.BERTH_TLS_CLIENT_CERT,
  }
}

const FILES_THAT_GO_TOGETHER = [
  ['BERTH_TLS_CERT_FILE', 'BERTH_TLS_KEY_FILE'],
  ['BERTH_TLS_KEY_FILE', 'BERTH_TLS_CERT_FILE'],
  ['BERTH_TLS_CLIENT_CA_FILE', 'BERTH_TLS_CERT_FILE'],
  ['BERTH_TLS_CLIENT_CRL_FILE', 'BERTH_TLS_CLIENT_CA_FILE'],
] as const

function notRight(wrong: readonly string[]): Error {
  return new Error(`the environment is not right: ${wrong.join('; ')}`)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
}
