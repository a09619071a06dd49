import { connect, type Socket } from 'node:net'
import { answerIn, type WireAnswer } from '../wire.ts'

/** What came back on one connection until it was closed. */
export interface Heard {
  readonly answers: readonly WireAnswer[]
  /** What was no answer. */
  readonly rest: string
}

/** One connection on which anything can be said, well or ill. */
export interface Talk {
  readonly socket: Socket
  /** When it is closed, by whomever. */
  readonly heard: Promise<Heard>
  /** When so many answers have come. */
  answers(count: number): Promise<readonly WireAnswer[]>
}

/** Opens a connection and sends what is said, in as many parts as it comes in. */
export function talk(url: string, ...said: readonly string[]): Talk {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  let received: Buffer = Buffer.alloc(0)
  let isOver = false
  const waiting = new Set<() => void>()
  const look = (): void => waiting.forEach((one) => one())
  socket.on('data', (part) => {
    received = Buffer.concat([received, part])
    look()
  })
  // What was answered before it broke counts.
  socket.on('error', () => {})
  const heard = new Promise<Heard>((resolve) => {
    socket.on('close', () => {
      isOver = true
      look()
      resolve(heardIn(received, isOver))
    })
  })
  for (const part of said) socket.write(part)
  return {
    socket,
    heard,
    answers: (count) =>
      new Promise((resolve, reject) => {
        const one = (): void => {
          const { answers } = heardIn(received, isOver)
          if (answers.length < count && !isOver) return
          waiting.delete(one)
          if (answers.length < count) reject(new Error(`only ${answers.length} of ${count} answers`))
          else resolve(answers)
        }
        waiting.add(one)
        one()
      }),
  }
}

/** The answers in what has come, and what of it is none. */
export function heardIn(received: Buffer, isOver: boolean): Heard {
  const answers: WireAnswer[] = []
  let rest = received
  for (;;) {
    const read = answerIn(rest, { method: 'GET' }, isOver)
    if (!read) return { answers, rest: rest.toString('latin1') }
    answers.push(read.answer)
    rest = rest.subarray(read.next)
  }
}
