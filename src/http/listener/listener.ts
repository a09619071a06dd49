import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { FastifyServerOptions } from 'fastify'
import type { ProblemCode } from '../../wire/problem-code.ts'
import type { Certificates, ServerTls } from './certificates.ts'
import { refuseAtOnce, refusalOf } from './refusal.ts'

/** What a client may take its time with. Units: milliseconds. */
export interface Patience {
  /** From the connection, or from the last answer, to the end of a request's headers. */
  readonly headers: number
  /** To the end of its body. */
  readonly request: number
  /** To the end of the TLS handshake. */
  readonly handshake: number
  /** Without any byte in either direction: more than an agent waits, and than a reader of events. */
  readonly silence: number
  /** Between two requests on one connection. Agents ask once a minute, on the same one. */
  readonly keepAlive: number
  /** How often the first two are looked at. */
  readonly look: number
  /** What runs when the service is closed may go on for so long. */
  readonly grace: number
}

export const PATIENCE: Patience = {
  headers: 20_000,
  request: 120_000,
  handshake: 20_000,
  silence: 180_000,
  keepAlive: 72_000,
  look: 5_000,
  grace: 8_000,
}

/** Units: bytes. A cookie, a credential and a trace are far below; ids are what is long in a path. */
export const MAX_HEADERS = 16 * 1024
export const MAX_URL = 4096

/** Where requests come in, with a limit on everything that comes before a request is one. */
export interface Listener {
  /** Fastify's: how it gets its server. */
  readonly options: Pick<FastifyServerOptions, 'serverFactory' | 'clientErrorHandler'>
  /** Takes other certificates for every connection from here on. */
  renew(certificates: Certificates): void
  /** Tells of what was refused before it was a request, and of handshakes that came to nothing. */
  tell(told: Told): void
  /** Ends every connection without a request under way; the others when they are answered, or when grace is over. */
  leave(): void
}

export interface Told {
  readonly refused: (code: ProblemCode) => void
  readonly unsecured: (why: string, remoteAddress: string | undefined) => void
}

type Server = http.Server | https.Server

/** Makes the servers that Fastify asks for: of HTTP, or of HTTPS where there are certificates. */
export function listenerOf({
  tls = null,
  patience = PATIENCE,
}: { readonly tls?: ServerTls | null; readonly patience?: Patience } = {}): Listener {
  const servers: Server[] = []
  const connections = connectionsKept()
  let told: Told = { refused: () => {}, unsecured: () => {} }
  let current = tls

  const make = (handler: http.RequestListener): Server => {
    const options = {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      keepAliveTimeout: patience.keepAlive,
      connectionsCheckingInterval: patience.look,
    }
    const server: Server = current
      ? https.createServer({ ...options, ...current, handshakeTimeout: patience.handshake })
      : http.createServer(options)
    server.setTimeout(patience.silence)
    connections.watch(server)
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const isTooLong = (request.url?.length ?? 0) > MAX_URL
      const code = connections.isLeaving() ? 'unavailable' : isTooLong ? 'url-too-long' : null
      if (code === null) return handler(request, response)
      told.refused(code)
      refuseAtOnce(response, code)
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const refusal = refusalOf(error)
      if (!refusal || !socket.writable) return void socket.destroy()
      told.refused(refusal.code)
      socket.end(refusal.text, () => socket.destroySoon())
    })
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      told.unsecured(error.code ?? error.message, socket.remoteAddress),
    )
    servers.push(server)
    return server
  }

  return {
    options: { serverFactory: make, clientErrorHandler: () => {} },
    renew(certificates) {
      if (!current) return
      current = { ...current, ...certificates }
      for (const server of servers) if ('setSecureContext' in server) server.setSecureContext(current)
    },
    tell(to) {
      told = to
    },
    leave: () => connections.leave(patience.grace),
  }
}

/**
 * Every connection, and how many requests of it are under way. Node itself closes none that has not sent a whole
 * request yet, so that one which stays silent would hold up the end of the process.
 */
function connectionsKept() {
  // A TLS socket takes over from the plain one below it: both have the same far end.
  const open = new Map<string, Socket>()
  const busy = new WeakMap<Socket, number>()
  let isLeaving = false
  const keep = (socket: Socket): void => {
    const name = `${socket.remoteAddress} ${socket.remotePort}`
    open.set(name, socket)
    socket.once('close', () => {
      if (open.get(name) === socket) open.delete(name)
    })
  }
  return {
    isLeaving: () => isLeaving,
    watch(server: Server): void {
      server.on('connection', keep)
      server.on('secureConnection', keep)
      server.on('request', ({ socket }: http.IncomingMessage, response: http.ServerResponse) => {
        busy.set(socket, (busy.get(socket) ?? 0) + 1)
        response.once('close', () => {
          const left = (busy.get(socket) ?? 1) - 1
          busy.set(socket, left)
          if (isLeaving && left === 0) socket.destroySoon()
        })
      })
    },
    leave(graceMs: number): void {
      isLeaving = true
      for (const socket of open.values()) if (!busy.get(socket)) socket.destroy()
      setTimeout(() => open.forEach((socket) => socket.destroy()), graceMs).unref()
    },
  }
}
