import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends bytes as they are, and reads one answer: no client that adds a header or forgives one. */
export function sendRaw(url: string, request: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    let received = ''
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`no whole answer: ${received}`)))
    socket.on('data', (part: string) => {
      received += part
      const answer = whole(received)
      if (!answer) return
      resolve(answer)
      socket.destroy()
    })
  })
}

function whole(received: string): RawAnswer | null {
  const blank = received.indexOf('\r\n\r\n')
  if (blank < 0) return null
  const [first = '', ...lines] = received.slice(0, blank).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = received.slice(blank + 4)
  if (Buffer.byteLength(body) < Number(headers['content-length'] ?? 0)) return null
  return { status: Number(first.split(' ')[1]), headers, body }
}
