import type { AnswerOf, At, BodyOf, LineOf, Method, PathOf, Where } from '../client/contract.ts'
import { berthClient, everyItem, lines, type Page } from '../client/index.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { failureOf, RemoteFailed, wordsOf } from './remote-failed.ts'
import { keyOf, serverOf } from './server-and-key.ts'
import { show, type Output } from './show.ts'
import { fetchFor, type Fetch } from './tls-files.ts'
import type { TlsOptions } from './tls-options.ts'

export { RemoteFailed }

/** What every command over the API takes. */
export interface RemoteOptions extends TlsOptions {
  readonly server?: string
  readonly key?: string
  readonly keyFile?: string
  readonly output?: Output
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The service, as who the key is. Errors: every call throws `RemoteFailed` with a sentence for the operator. */
export interface Remote {
  get<P extends PathOf<'get'>>(path: P, ...at: Where<'get', P>): Promise<Answer<AnswerOf<'get', P>>>
  /** Null where there is no such thing. */
  find<P extends PathOf<'get'>>(path: P, ...at: Where<'get', P>): Promise<Answer<AnswerOf<'get', P>> | null>
  /** The items of all pages, each page when it is needed. */
  each<P extends PathOf<'get'>>(path: P, ...at: Where<'get', P>): AsyncIterable<ItemOf<AnswerOf<'get', P>>>
  /** All pages as one. */
  list<P extends PathOf<'get'>>(path: P, ...at: Where<'get', P>): Promise<Page<ItemOf<AnswerOf<'get', P>>>>
  send<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    write: Write<M, P>,
  ): Promise<Answer<AnswerOf<M, P>>>
  /** The lines of an NDJSON answer, each as soon as it is there. */
  stream<P extends PathOf<'post'>>(path: P, body: BodyOf<'post', P>): AsyncIterable<LineOf<P>>
  /** The same for lines of NDJSON that are sent as they are. */
  pour<P extends PathOf<'post'>>(path: P, ndjson: Uint8Array): AsyncIterable<LineOf<P>>
  /** Prints in the form that was asked for; `text` is that for people. */
  show(body: unknown, text: () => string): ExitCode
  /** Prints what is for people alone. */
  say(text: string): ExitCode
}

export interface Answer<T> {
  readonly body: T
  readonly etag: string | null
}

export type ItemOf<Body> = Body extends { items: readonly (infer Item)[] } ? Item : never

export type Write<M extends Method, P extends PathOf<M>> = At<M, P> & Unchanged & Told<BodyOf<M, P>>
type Told<Body> = undefined extends Body ? { readonly body?: Body } : { readonly body: Body }

/** What a write is built on. */
export interface Unchanged {
  /** Of what was read: the write is refused where that is no longer so. */
  readonly etag?: string | null
  /** What somebody else may have changed since it was read, as words. */
  readonly changes?: string
}

/** A whole group may have to be planned before the first byte comes. */
const TIMEOUT_MS = 120_000
const PAGE = 500
const NDJSON = 'application/x-ndjson'

/** Runs one command over the API; what the service refuses is told on standard error. */
export async function overApi(
  name: string,
  { options, io, environment = process.env }: Asked<RemoteOptions>,
  work: (remote: Remote) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work(await connect(options, environment, io))
  } catch (thrown) {
    if (!(thrown instanceof RemoteFailed)) throw thrown
    io.err(`berth ${name}: ${thrown.message}\n`)
    return thrown.exit
  }
}

/** How a command is called. */
export interface Asked<Options> {
  readonly options: Options
  readonly io: Io
  readonly environment?: Environment
}

/** What the contract says of a call is checked where it is made; here it is only carried. */
interface Carried extends Unchanged {
  readonly path?: Record<string, unknown>
  readonly query?: Record<string, unknown>
  readonly body?: unknown
  /** In place of a body that is JSON. */
  readonly ndjson?: Uint8Array
}
type Carry = (
  method: string,
  path: string,
  init: object,
) => Promise<{ readonly data?: unknown; readonly response: Response }>

async function connect(options: RemoteOptions, environment: Environment, io: Io): Promise<Remote> {
  const server = serverOf(options.server ?? environment['BERTH_SERVER'])
  const credential = keyOf(options, environment['BERTH_KEY'])
  const fetch = await fetchFor(options, environment)
  const berth = berthClient({
    ...{ server: server.href, credential },
    fetch: (asked) => inTime(asked, server, fetch),
  })
  const carry = berth.request as Carry
  const answered = (method: string, path: string, what: Carried, parseAs: 'text' | 'stream') => {
    const { path: operands, query, ndjson, body = ndjson, etag, changes } = what
    const headers = {
      accept: parseAs === 'stream' ? NDJSON : 'application/json',
      ...(etag && { 'if-match': etag }),
      ...(ndjson && { 'content-type': NDJSON }),
    }
    const params = { path: operands, query }
    const sent = { ...(body !== undefined && { body }), ...(ndjson && { bodySerializer: () => ndjson }) }
    return carry(method, path, { params, headers, parseAs, ...sent }).catch((thrown: unknown) => {
      throw failureOf(thrown, changes)
    })
  }
  const call = async (method: string, path: string, what: Carried = {}): Promise<Answer<never>> => {
    const { data, response } = await answered(method, path, what, 'text')
    return { body: jsonIn(data) as never, etag: response.headers.get('etag') }
  }
  async function* streamed(path: string, what: Carried): AsyncGenerator<never> {
    const { data } = await answered('post', path, what, 'stream')
    // Nothing at all came.
    if (data === undefined) return
    try {
      yield* lines<never>(data as ReadableStream<Uint8Array>)
    } catch (thrown) {
      const where = thrown instanceof SyntaxError ? 'within a line: it is not whole' : wordsOf(thrown)
      throw new RemoteFailed(`the answer broke off: ${where}`)
    }
  }
  const each = (path: string, { query = {}, ...rest }: Carried = {}): AsyncGenerator<never> =>
    everyItem<never>(async (cursor) => {
      const page = await call('get', path, { ...rest, query: { limit: PAGE, ...query, cursor } })
      return page.body
    })
  return {
    each: (path, ...[at]) => each(path, at),
    get: (path, ...[at]) => call('get', path, at),
    async find(path, ...[at]) {
      try {
        return await call('get', path, at)
      } catch (thrown) {
        if (thrown instanceof RemoteFailed && thrown.status === 404) return null
        throw thrown
      }
    },
    async list(path, ...[at]) {
      const items: never[] = []
      for await (const item of each(path, at)) items.push(item)
      return { items, next_cursor: null }
    },
    send: (method, path, write) => call(method, path, write),
    stream: (path, body) => streamed(path, { body }),
    pour: (path, ndjson) => streamed(path, { ndjson }),
    show: (body, text) => show(io, options.output, body, text),
    say(text) {
      if ((options.output ?? 'table') === 'table') io.out(text)
      return EXIT.ok
    },
  }
}

/** Nobody waits for a first byte for ever. Errors: what keeps a request from being answered, as a sentence. */
async function inTime(asked: Request, { origin }: URL, fetch: Fetch): Promise<Response> {
  const late = new AbortController()
  const reason = new Error(`no answer within ${TIMEOUT_MS / 1000} s`)
  const timer = setTimeout(() => late.abort(reason), TIMEOUT_MS)
  try {
    return await fetch(asked, { signal: late.signal })
  } catch (thrown) {
    throw new RemoteFailed(`${origin} cannot be reached: ${wordsOf(thrown)}`)
  } finally {
    clearTimeout(timer)
  }
}

function jsonIn(text: unknown): unknown {
  if (text === undefined) return null
  try {
    return JSON.parse(text as string)
  } catch {
    throw new RemoteFailed('what answers there is not Berth: its answer is not JSON')
  }
}
