import { readFileSync } from 'node:fs'
import { request, type Dispatcher } from 'undici'
import { reasonOf } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { lineByLine } from './line-by-line.ts'
import { problemExit, problemText } from './problem-text.ts'

/** What every command over the API takes. */
export interface RemoteOptions {
  readonly server?: string
  readonly key?: string
  readonly keyFile?: string
  readonly output?: 'table' | 'json'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The service, as who the key is. Errors: every call throws `RemoteFailed` with a sentence for the operator. */
export interface Remote {
  readonly json: boolean
  get<T>(path: string): Promise<Answer<T>>
  /** Null where there is no such thing. */
  find<T>(path: string): Promise<Answer<T> | null>
  /** All pages as one; `path` has a query, or none. */
  list<T>(path: string): Promise<Items<T>>
  send<T>(write: Write): Promise<Answer<T>>
  /** The lines of an NDJSON answer, each as soon as it is there. */
  stream(path: string, body: unknown): AsyncIterable<string>
}

export interface Answer<T> {
  readonly body: T
  readonly etag: string | null
}

export interface Items<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

export interface Write {
  readonly method: 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Of what was read: the write is refused where that is no longer so. */
  readonly etag?: string | null
  /** What somebody else may have changed since it was read, as words. */
  readonly changes?: string
}

export class RemoteFailed extends Error {
  readonly exit: ExitCode
  constructor(sentence: string, exit: ExitCode = EXIT.failed) {
    super(sentence)
    this.exit = exit
  }
}

/** A whole group may have to be planned before the first byte comes. */
const TIMEOUT_MS = 120_000
const PAGE = 500

/** Runs one command over the API; what the service refuses is told on standard error. */
export async function overApi(
  name: string,
  { options, io, environment = process.env }: Asked<RemoteOptions>,
  work: (remote: Remote) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work(connect(options, environment))
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

function connect(options: RemoteOptions, environment: Environment): Remote {
  const server = serverOf(options.server ?? environment['BERTH_SERVER'])
  const key = keyOf(options, environment)
  const call = (method: Dispatcher.HttpMethod, path: string, more: Partial<Sent> = {}) =>
    callAt(server, key, { method, path, ...more })
  const get = async <T>(path: string) => answerOf<T>(await call('GET', path))
  return {
    json: options.output === 'json',
    get,
    async find<T>(path: string) {
      const answer = await call('GET', path, { mayFail: 404 })
      if (answer.statusCode !== 404) return answerOf<T>(answer)
      await answer.body.dump()
      return null
    },
    async list<T>(path: string) {
      const items: T[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query: string = new URLSearchParams({
          limit: String(PAGE),
          ...(cursor && { cursor }),
        }).toString()
        const page: Answer<Items<T>> = await get(`${path}${path.includes('?') ? '&' : '?'}${query}`)
        items.push(...page.body.items)
        cursor = page.body.next_cursor
      }
      return { items, next_cursor: null }
    },
    async send<T>({ method, ...write }: Write) {
      return answerOf<T>(await call(method, write.path, write))
    },
    async *stream(path, body) {
      const answer = await call('POST', path, { body, accept: 'application/x-ndjson' })
      try {
        yield* lineByLine(answer.body)
      } catch (thrown) {
        throw new RemoteFailed(`the answer broke off: ${wordsOf(thrown)}`)
      }
    },
  }
}

interface Sent extends Omit<Write, 'method'> {
  readonly method: Dispatcher.HttpMethod
  readonly accept?: string
  readonly mayFail?: number
}

async function callAt(server: URL, key: string, sent: Sent): Promise<Dispatcher.ResponseData> {
  const { method, path, body, etag, accept = 'application/json', mayFail, changes } = sent
  let answer: Dispatcher.ResponseData
  try {
    answer = await request(`${server.href.replace(/\/+$/, '')}${path}`, {
      method,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      headers: {
        accept,
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(etag ? { 'if-match': etag } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
  } catch (thrown) {
    throw new RemoteFailed(`${server.origin} cannot be reached: ${wordsOf(thrown)}`)
  }
  if (answer.statusCode < 300 || answer.statusCode === mayFail) return answer
  const text = await answer.body.text().catch(() => '')
  // The first of its kind is written without If-Match: 428 means that it is no longer the first.
  if (changes !== undefined && (answer.statusCode === 412 || answer.statusCode === 428)) {
    throw new RemoteFailed(
      `somebody else changed ${changes} in between; nothing was written, look again and repeat`,
    )
  }
  const retryAfter = answer.headers['retry-after']
  const again = retryAfter === undefined ? '' : `; try again in ${String(retryAfter)} s`
  throw new RemoteFailed(`${problemText(answer.statusCode, text)}${again}`, problemExit(text))
}

async function answerOf<T>({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer<T>> {
  const etag = typeof headers['etag'] === 'string' ? headers['etag'] : null
  const text = await body.text().catch((thrown: unknown) => {
    throw new RemoteFailed(`the answer broke off: ${wordsOf(thrown)}`)
  })
  if (statusCode === 204) return { body: null as T, etag }
  try {
    return { body: JSON.parse(text) as T, etag }
  } catch {
    throw new RemoteFailed('what answers there is not Berth: its answer is not JSON')
  }
}

function serverOf(text: string | undefined): URL {
  if (!text) throw new RemoteFailed('no service: give --server URL or set BERTH_SERVER', EXIT.usage)
  const url = URL.canParse(text) ? new URL(text) : null
  const plain =
    url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === ''
  if (plain) return url
  throw new RemoteFailed(
    '--server wants an http or https URL without user name, password or query',
    EXIT.usage,
  )
}

function keyOf({ key, keyFile }: RemoteOptions, environment: Environment): string {
  const given = key ?? (keyFile === undefined ? environment['BERTH_KEY'] : keyIn(keyFile))
  const found = given?.trim()
  if (!found) throw new RemoteFailed('no key: give --key-file FILE or set BERTH_KEY', EXIT.usage)
  // Another character would end the header; what it is must not be shown.
  if (/^[\x21-\x7e]+$/.test(found)) return found
  throw new RemoteFailed('the key holds characters that no key has', EXIT.usage)
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new RemoteFailed(`--key-file: ${reasonOf(thrown)}`, EXIT.usage)
  }
}

/** Where a name has several addresses, the error for all of them has a code and no words. */
function wordsOf(thrown: unknown): string {
  return reasonOf(thrown) || String((thrown as NodeJS.ErrnoException).code)
}
