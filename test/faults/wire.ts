import { connect, type Socket } from 'node:net'

/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  /** Names in lower case; of a name that came twice the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Whether the body came to its end: what goes on for as long as somebody listens has none. */
  readonly isWhole: boolean
}

/** What tells how long an answer is. */
export interface Asked {
  readonly method: string
  /** Take what has come of a body that has no end. */
  readonly isEndless?: boolean
}

interface Read {
  readonly answer: WireAnswer
  /** Where the next answer begins. */
  readonly next: number
}

/** No answer of the service takes that long; it finds what hangs. Units: milliseconds. */
const HANGS_MS = 120_000

/**
 * One client on one connection: it sends bytes as they are, one request after the other, and connects again when
 * the service has closed.
 */
export interface Speaker {
  say(bytes: Uint8Array, asked: Asked): Promise<WireAnswer>
  close(): void
}

export function speaker(url: string): Speaker {
  const { hostname, port } = new URL(url)
  let socket: Socket | null = null
  let received: Buffer = Buffer.alloc(0)
  let isOver = false
  let look = (): void => {}

  function connected(): Socket {
    if (socket && !isOver) return socket
    received = Buffer.alloc(0)
    isOver = false
    const mine = connect(Number(port), hostname)
    mine.setNoDelay(true)
    mine.on('data', (part) => {
      received = received.length === 0 ? part : Buffer.concat([received, part])
      look()
    })
    // What it had to say before it closed counts; that it could not be told more is no news.
    mine.on('error', () => {})
    mine.on('close', () => {
      if (socket === mine) isOver = true
      look()
    })
    return (socket = mine)
  }

  return {
    say: (bytes, asked) =>
      new Promise((resolve, reject) => {
        const mine = connected()
        const ends = (settle: () => void) => {
          clearTimeout(late)
          look = () => {}
          settle()
        }
        const late = setTimeout(() => {
          mine.destroy()
          ends(() => reject(new Error(`no answer: ${received.subarray(0, 200).toString('latin1')}`)))
        }, HANGS_MS)
        look = () => {
          const read = answerIn(received, asked, isOver)
          if (read) {
            received = received.subarray(read.next)
            const { answer } = read
            if (!answer.isWhole || answer.headers['connection'] === 'close') {
              mine.destroy()
              isOver = true
            }
            ends(() => resolve(answer))
          } else if (isOver) {
            const got = received.subarray(0, 200).toString('latin1')
            ends(() => reject(new Error(`closed without an answer: ${got}`)))
          }
        }
        mine.write(bytes)
      }),
    close: () => {
      socket?.destroy()
    },
  }
}

/** The first whole answer in what has come; null where it has not come to its end. */
export function answerIn(received: Buffer, asked: Asked, isOver: boolean, from = 0): Read | null {
  const blank = received.indexOf('\r\n\r\n', from)
  if (blank < 0) return null
  const [first = '', ...lines] = received.toString('latin1', from, blank).split('\r\n')
  const status = Number(first.split(' ')[1])
  const start = blank + 4
  // `100 Continue` comes before the answer itself.
  if (status >= 100 && status < 200) return answerIn(received, asked, isOver, start)
  const headers = headersOf(lines)
  const whole = (body: Buffer, next: number, isWhole = true): Read => ({
    answer: { status, headers, body, isWhole },
    next,
  })
  if (asked.method === 'HEAD' || status === 204 || status === 304) return whole(Buffer.alloc(0), start)
  if (headers['transfer-encoding'] === 'chunked') {
    const { body, next } = chunksOf(received, start)
    if (next !== null) return whole(body, next)
    return (asked.isEndless && body.length > 0) || isOver ? whole(body, received.length, false) : null
  }
  const length = headers['content-length']
  if (length === undefined) {
    const isEnough = isOver || (asked.isEndless === true && received.length > start)
    return isEnough ? whole(received.subarray(start), received.length, isOver) : null
  }
  const next = start + Number(length)
  if (received.length < next) return isOver ? whole(received.subarray(start), received.length, false) : null
  return whole(received.subarray(start, next), next)
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value
  }
  return headers
}

function chunksOf(received: Buffer, start: number): { body: Buffer; next: number | null } {
  const parts: Buffer[] = []
  for (let at = start; ;) {
    const line = received.indexOf('\r\n', at)
    if (line < 0) return { body: Buffer.concat(parts), next: null }
    const size = Number.parseInt(received.toString('latin1', at, line), 16)
    const from = line + 2
    if (received.length < from + size + 2) return { body: Buffer.concat(parts), next: null }
    if (size === 0) return { body: Buffer.concat(parts), next: from + 2 }
    parts.push(received.subarray(from, from + size))
    at = from + size + 2
  }
}
