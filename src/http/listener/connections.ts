import type http from 'node:http'
import type https from 'node:https'
import type { Socket } from 'node:net'

/**
 * Every connection, and how many requests of it are under way. Node itself closes none that has not sent a whole
 * request yet, so that one which stays silent would hold up the end of the process.
 */
export function connectionsKept() {
  // A TLS socket takes over from the plain one below it: both have the same far end.
  const open = new Map<string, Socket>()
  const underWay = new WeakMap<Socket, Map<http.IncomingMessage, http.ServerResponse>>()
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
    /** `takingMs`: how long a client may take for an answer from when it is all said. */
    watch(server: http.Server | https.Server, takingMs: number): void {
      server.on('connection', keep)
      server.on('secureConnection', keep)
      server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
        const { socket } = request
        const requests = underWay.get(socket) ?? new Map<http.IncomingMessage, http.ServerResponse>()
        underWay.set(socket, requests.set(request, response))
        // Whoever reads nothing may go on saying something for ever: that is no silence.
        response.once('prefinish', () => {
          const late = setTimeout(() => socket.destroy(), takingMs).unref()
          response.once('close', () => clearTimeout(late))
        })
        response.once('close', () => {
          requests.delete(request)
          due.get(socket)?.()
          if (isLeaving && requests.size === 0) socket.destroySoon()
        })
      })
    },
    /**
     * When all that came whole has its answer; once, however often it is said of one connection. Not where what did
     * not come whole is being answered already: nobody is told twice.
     */
    afterAnswers(socket: Socket, then: () => void): void {
      if (due.has(socket)) return
      const look = (): void => {
        const requests = [...(underWay.get(socket) ?? [])]
        if (requests.some(([request]) => request.complete)) return
        const answered = requests.find(([, response]) => response.headersSent)
        due.set(socket, () => {
          if (answered) socket.destroySoon()
        })
        if (!answered) then()
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
