import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { FastifyServerOptions } from 'fastify'
import type { ProblemCode } from '../../wire/problem-code.ts'
import type { Certificates, ServerTls } from './certificates.ts'
import { connectionsKept } from './connections.ts'
import { refuseAtOnce, refusalOf, refusalText, type EarlyCode } from './refusal.ts'
import { faultOf } from './request-fault.ts'

/** What a client may take its time with. Units: milliseconds. */
export interface Patience {
  /** From the connection, or from the last answer, to the end of a request's headers. */
  readonly headers: number
  /** To the end of its body. */
  readonly request: number
  /** To the end of the TLS handshake. */
  readonly handshake: number
  /**
   * Without any byte in either direction: more than an agent waits, and than a reader of events. Also from when an
   * answer is all said until its client has taken it.
   */
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

/** Units: bytes. A cookie, a credential and a trace are far below. */
export const MAX_HEADERS = 16 * 1024

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
  /** A connection was closed at once, as there were as many as there may be. */
  readonly full: () => void
}

export interface ListenerOptions {
  readonly tls?: ServerTls | null
  readonly patience?: Patience
  /** As many as the machine gives where it is left out. */
  readonly maxConnections?: number
}

type Server = http.Server | https.Server

/** Makes the servers that Fastify asks for: of HTTP, or of HTTPS where there are certificates. */
export function listenerOf({
  tls = null,
  patience = PATIENCE,
  maxConnections,
}: ListenerOptions = {}): Listener {
  const servers: Server[] = []
  const connections = connectionsKept()
  let told: Told = { refused: () => {}, unsecured: () => {}, full: () => {} }
  let current = tls

  const make = (handler: http.RequestListener): Server => {
    const options = {
      maxHeaderSize: MAX_HEADERS,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      keepAliveTimeout: patience.keepAlive,
      connectionsCheckingInterval: patience.look,
      // Node would answer this by itself, and say nothing.
      requireHostHeader: false,
    }
    const server: Server = current
      ? https.createServer({ ...options, ...current, handshakeTimeout: patience.handshake })
      : http.createServer(options)
    server.setTimeout(patience.silence)
    // Their size is limited; Node would leave out those beyond the 2000th, whatever they are.
    server.maxHeadersCount = 0
    if (maxConnections !== undefined) server.maxConnections = maxConnections
    server.on('drop', () => told.full())
    connections.watch(server, patience.silence)
    const refused = new WeakSet<Socket>()
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      // What stands behind a refused request may be a part of it, and be no request at all to who stands in between.
      if (refused.has(request.socket)) return
      const code = connections.isLeaving() ? 'unavailable' : faultOf(request)
      if (code === null) return handler(request, response)
      refused.add(request.socket)
      told.refused(code)
      refuseAtOnce(response, code)
    })
    // What was asked before is answered before: whoever asked would take the refusal for his answer.
    const refuse = (socket: Socket, code: EarlyCode): void =>
      connections.afterAnswers(socket, () => {
        if (!socket.writable) return socket.destroySoon()
        told.refused(code)
        socket.end(refusalText(code), () => socket.destroySoon())
      })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const code = refusalOf(error)
      if (code === null) return void socket.destroy()
      refuse(socket, code)
    })
    // It is no proxy; Node would close the connection, and not say why. From here on nobody else hears its errors.
    server.on('connect', (_request: http.IncomingMessage, socket: Socket) => {
      socket.on('error', () => {})
      refuse(socket, 'method-not-allowed')
    })
    // Whoever expects more than `100-continue` is served like anybody; Node would refuse him, and not say why.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response))
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
