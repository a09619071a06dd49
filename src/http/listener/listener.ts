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
      // Node would answer this by itself, and say nothing.
      requireHostHeader: false,
    }
    const server: Server = current
      ? https.createServer({ ...options, ...current, handshakeTimeout: patience.handshake })
      : http.createServer(options)
    server.setTimeout(patience.silence)
    connections.watch(server)
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const code = connections.isLeaving() ? 'unavailable' : faultOf(request)
      if (code === null) return handler(request, response)
      told.refused(code)
      refuseAtOnce(response, code)
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const refusal = refusalOf(error)
      if (!refusal || !socket.writable) return void socket.destroy()
      // What was asked before is answered before: whoever asked would take the refusal for his answer.
      connections.afterAnswers(socket, () => {
        told.refused(refusal.code)
        socket.end(refusal.text, () => socket.destroySoon())
      })
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

/** A request has one host, from HTTP/1.1 on, and a version, which Node does not ask for. */
function faultOf(request: http.IncomingMessage): 'url-too-long' | 'malformed-request' | null {
  if ((request.url?.length ?? 0) > MAX_URL) return 'url-too-long'
  const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length
  const isOld = request.httpVersionMajor < 1
  return isOld || hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0') ? 'malformed-request' : null
}

/**
 * Every connection, and how many requests of it are under way. Node itself closes none that has not sent a whole
 * request yet, so that one which stays silent would hold up the end of the process.
 */
function connectionsKept() {
  // A TLS socket takes over from the plain one below it: both have the same far end.
  const open = new Map<string, Socket>()
  const underWay = new WeakMap<Socket, Set<http.IncomingMessage>>()
  const due = new WeakMap<Socket, () => void>()
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
      server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
        const { socket } = request
        const requests = underWay.get(socket) ?? new Set()
        underWay.set(socket, requests.add(request))
        response.once('close', () => {
          requests.delete(request)
          due.get(socket)?.()
          if (isLeaving && requests.size === 0) socket.destroySoon()
        })
      })
    },
    /** When all that came whole has its answer; once, however often it is said of one connection. */
    afterAnswers(socket: Socket, then: () => void): void {
      if (due.has(socket)) return
      const look = (): void => {
        if ([...(underWay.get(socket) ?? [])].some((request) => request.complete)) return
        due.set(socket, () => {})
        then()
      }
      due.set(socket, look)
      look()
    },
    leave(graceMs: number): void {
      isLeaving = true
      for (const socket of open.values()) if (!underWay.get(socket)?.size) socket.destroy()
      setTimeout(() => open.forEach((socket) => socket.destroy()), graceMs).unref()
    },
  }
}
