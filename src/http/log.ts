import { pino, type DestinationStream, type Logger } from 'pino'
import { plainUrl } from './plain-url.ts'

/** What must never reach a log, wherever in an object it stands. */
const SECRET = [
  'authorization',
  'token',
  'credential',
  'key',
  'secret',
  'secretHash',
  'credentialHash',
  'adminKey',
]
const PATHS = SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** The service's log: one JSON line an event, without secrets. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    serializers: { req: told },
    redact: {
      paths: [...PATHS, 'req.headers.cookie', 'req.headers["idempotency-key"]'],
      censor: '[redacted]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

interface Asked {
  readonly method?: string
  readonly url?: string
  readonly host?: string
  readonly ip?: string
}

/** All that is told of a request: its body, its parameters and most of its headers are nobody's business. */
function told({ method, url = '', host, ip }: Asked): object {
  return { method, url: plainUrl(url), host, remoteAddress: ip }
}
