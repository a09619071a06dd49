import { pino, type DestinationStream, type Logger } from 'pino'

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
    redact: {
      paths: [...PATHS, 'req.headers.cookie', 'req.headers["idempotency-key"]'],
      censor: '[redacted]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
