import { Agent, setGlobalDispatcher, type Dispatcher } from 'undici'
import type { Clock } from './clock.ts'

/** One question on its way to the service. */
export interface Question {
  /** Whoever asks: the first label of the name that it gives the service. */
  readonly from: string
  readonly method: string
  readonly path: string
  readonly body: string | null
}

export interface Answered {
  readonly status: number
  readonly body: string
}

/** What becomes of a question and its answer. */
export type Fate =
  | 'delivered'
  /** It never arrives. */
  | 'question-lost'
  /** The service does what it says, and nobody hears of it. */
  | 'answer-lost'
  /** It arrives twice, one after the other; the second answer is the one that is heard. */
  | 'doubled'
  /** It arrives twice at once; the first answer that comes is heard. */
  | 'doubled-at-once'
  /** The answer takes its time. */
  | 'answer-late'

export interface WireOptions {
  readonly clock: Clock
  /** Where the service listens now; null while it is down. */
  readonly service: () => string | null
  readonly fateOf: (question: Question) => Fate
  /** How late an answer is. Units: virtual ms. */
  readonly lateMs: (question: Question) => number
  /** Told of every answer that the service gave, whether or not anybody hears it. */
  readonly answered: (question: Question, answer: Answered, asked: number) => void
  /** Whether whoever asked is still there to hear it. */
  readonly listens: (from: string) => boolean
}

/** Names of this kind are nobody's on any network. */
export const WIRE_DOMAIN = 'fleet.invalid'

interface Raw extends Answered {
  readonly headers: Buffer[]
}

/** The part of undici's own handler that `request` brings along. */
interface Handler {
  onConnect(abort: (reason?: Error) => void, context: object): void
  onHeaders(status: number, headers: Buffer[], resume: () => void, message: string): boolean
  onData(part: Buffer): boolean
  onComplete(trailers: readonly string[]): void
  onError(error: Error): void
}

/**
 * Puts itself between everybody in this process who asks `http://NAME.fleet.invalid` and the service: real HTTP to
 * where the service listens, with faults. Returns how to take it away again.
 */
export function layWire(options: WireOptions): () => Promise<void> {
  const { clock } = options
  const real = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 60_000 })

  async function ask(question: Question, headers: Dispatcher.DispatchOptions['headers']): Promise<Raw> {
    const release = clock.hold(`${question.method} ${question.path} of ${question.from}`)
    const asked = clock.now()
    try {
      const url = options.service()
      if (url === null) throw new Error('connect ECONNREFUSED')
      const answer = await real.request({
        origin: url,
        path: question.path,
        method: question.method as Dispatcher.HttpMethod,
        headers: headers as Record<string, string>,
        body: question.body,
        responseHeaders: 'raw',
      })
      const body = await answer.body.text()
      const raw = { status: answer.statusCode, body, headers: answer.headers as unknown as Buffer[] }
      options.answered(question, raw, asked)
      return raw
    } finally {
      // Whoever hears the answer goes on before time does.
      setImmediate(release)
    }
  }

  async function carried(question: Question, headers: Dispatcher.DispatchOptions['headers']): Promise<Raw> {
    const fate = options.fateOf(question)
    const cut = (): Error => new Error('other side closed')
    switch (fate) {
      case 'question-lost':
        throw cut()
      case 'answer-lost':
        await ask(question, headers)
        throw cut()
      case 'doubled':
        await ask(question, headers)
        return ask(question, headers)
      case 'doubled-at-once': {
        const both = [ask(question, headers), ask(question, headers)]
        return Promise.any(both).catch(() => Promise.reject(cut()))
      }
      case 'answer-late': {
        const answer = await ask(question, headers)
        await clock.sleep(options.lateMs(question))
        return answer
      }
      case 'delivered':
        return ask(question, headers)
    }
  }

  const dispatch = (opts: Dispatcher.DispatchOptions, handler: Handler): boolean => {
    const { hostname } = new URL(String(opts.origin))
    if (!hostname.endsWith(WIRE_DOMAIN)) return real.dispatch(opts, handler as Dispatcher.DispatchHandler)
    const question: Question = {
      from: hostname.slice(0, -WIRE_DOMAIN.length - 1),
      method: String(opts.method),
      path: opts.path,
      body: typeof opts.body === 'string' ? opts.body : null,
    }
    let isAborted = false
    handler.onConnect((reason) => {
      if (isAborted) return
      isAborted = true
      handler.onError(reason ?? new Error('aborted'))
    }, {})
    const hears = (): boolean => !isAborted && options.listens(question.from)
    carried(question, opts.headers).then(
      ({ status, headers, body }) => {
        if (!hears()) return
        handler.onHeaders(status, headers, () => {}, '')
        if (body !== '') handler.onData(Buffer.from(body))
        handler.onComplete([])
      },
      (error: Error) => {
        if (hears()) handler.onError(error)
      },
    )
    return true
  }
  setGlobalDispatcher({ dispatch } as unknown as Dispatcher)
  return async () => {
    setGlobalDispatcher(new Agent())
    await real.destroy()
  }
}
