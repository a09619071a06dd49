import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export interface LocalService {
  readonly url: string
  readonly seen: SeenCall[]
  close(): Promise<void>
}

/** A service that answers as the test says, on a free port of this machine; null cuts the connection. */
export async function localService(
  answer: (call: SeenCall, nth: number) => Answer | null | Promise<Answer>,
): Promise<LocalService> {
  const seen: SeenCall[] = []
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const part of request) text += String(part)
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? null : JSON.parse(text),
    }
    seen.push(call)
    const given = await answer(call, seen.length)
    if (given === null) {
      request.socket.destroy()
      return
    }
    response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
    response.end(given.body === undefined ? undefined : JSON.stringify(given.body))
  }
  const server = createServer((request, response) => void answerTo(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
