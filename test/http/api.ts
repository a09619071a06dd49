import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import addFormats from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import supertest, { type Response } from 'supertest'
import { readConfig, type Config } from '../../src/config.ts'
import { firstKey } from '../../src/first-key.ts'
import { buildApp } from '../../src/http/build-app.ts'
import { signerOf, type Signer } from '../../src/http/signing/signer.ts'
import type { Listener } from '../../src/http/listener/listener.ts'
import type { WaitingClock } from '../../src/http/rollouts/assignments.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'
import { auditOf } from '../store/audit-of.ts'

interface Operation {
  readonly operationId: string
  readonly responses: Record<string, { content?: Record<string, unknown> }>
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>
}

const OPENAPI = new URL('../../openapi/openapi.json', import.meta.url)
export const document = JSON.parse(await readFile(OPENAPI, 'utf8')) as Document

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addFormat('base64', /^[A-Za-z0-9+/]*={0,2}$/)
ajv.addSchema({ $id: 'contract', ...document })

/** Every documented answer as `operationId status`, and those that this process has seen. */
export const documented = Object.values(document.paths).flatMap((ops) =>
  Object.values(ops).flatMap((op) =>
    Object.keys(op.responses).map((status) => `${op.operationId} ${status}`),
  ),
)
export const seen = new Set<string>()
export const seenCodes = new Set<string>()

export interface Call {
  readonly method: string
  readonly path: string
  /** A credential; none when absent. */
  readonly as?: string | undefined
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** Over TLS: whom it trusts, and what it shows, as PEM. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string }
}

export interface Api {
  readonly app: FastifyInstance
  readonly store: Store
  readonly url: string
  readonly databaseUrl: string
  readonly admin: string
  /** What signs what agents are handed. */
  readonly signer: Signer
  /** The service's clock: tests move it. */
  readonly clock: { now: Date }
  readonly logged: string[]
  call(call: Call): Promise<Response>
  close(ends?: { readonly isTampered?: boolean }): Promise<void>
}

export interface ApiOptions {
  readonly config?: Partial<Config>
  /** Answers the health gates of rollouts. */
  readonly fetch?: typeof globalThis.fetch
  /** Signs what agents are handed; a key of its own where it is left out. */
  readonly signer?: Signer
  /** The clock by which agents wait; the real one where it is left out. */
  readonly waiting?: WaitingClock
  /** What the service starts on, and drops when it is closed; an empty one where it is left out. */
  readonly database?: TestDatabase
  /** The service is a replica of this one, on the same database; it has to be closed before it. */
  readonly beside?: Api
  /** Over HTTP where it is left out. */
  readonly listener?: Listener
  /** Wraps the store that the service gets. */
  readonly broken?: (store: Store) => Store
}

/** A service of its own on a database of its own, on 127.0.0.1 and a free port. */
export async function startApi({
  config = {},
  broken = (store) => store,
  fetch,
  waiting,
  database: given,
  beside,
  listener,
  signer = beside?.signer ?? signerOf([generateKeyPairSync('ed25519').privateKey]),
}: ApiOptions = {}): Promise<Api> {
  const database = beside ? null : (given ?? (await freshDatabase()))
  const databaseUrl = database?.url ?? beside?.databaseUrl ?? ''
  const store = await openStore(databaseUrl)
  const clock = { now: new Date('2030-01-01T00:00:00.000Z') }
  const logged: string[] = []
  const { createLog } = await import('../../src/http/log.ts')
  const log = config.logLevel
    ? createLog('trace', { write: (line) => void logged.push(line) })
    : pino({ level: 'silent' })
  const admin = beside?.admin ?? (await firstKey(store, null, clock.now)) ?? ''
  const app = await buildApp({
    store: broken(store),
    config: {
      ...readConfig({}),
      rateLimit: 100_000,
      agentRateLimit: 100_000,
      // A busy machine is no reason to answer 503; what does is tested by itself.
      maxEventLoopDelayMs: 0,
      ...config,
    },
    log,
    now: () => clock.now,
    signer,
    ...(fetch && { fetch }),
    ...(waiting && { waiting }),
    ...(listener && { listener }),
  })
  const heard = await app.listen({ host: '127.0.0.1', port: 0 })
  const url = config.tls ? heard.replace('http:', 'https:') : heard
  return {
    app,
    store,
    url,
    databaseUrl,
    admin,
    signer,
    clock,
    logged,
    call: (call) => callAt(url, call),
    close: async ({ isTampered = false } = {}) => {
      await app.close()
      // Whatever a test has asked for, and whatever went wrong: the audit is whole.
      const { faults } = isTampered ? { faults: [] } : await auditOf(store)
      await store.close()
      await database?.drop()
      if (faults.length > 0) throw new Error(faults.map(({ sentence }) => sentence).join('\n'))
    },
  }
}

/** One request; its answer must be one that the contract documents, to the letter. */
async function callAt(url: string, { method, path, as, body, headers = {}, tls }: Call): Promise<Response> {
  const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
  let request = supertest(url)[verb](path).buffer(true).set(headers)
  if (tls) request = request.ca(tls.ca)
  if (tls?.cert && tls.key) request = request.cert(tls.cert).key(tls.key)
  if (as !== undefined) request = request.set('authorization', `Bearer ${as}`)
  const response = await (body === undefined ? request : request.send(body as string | object))
  check(verb, path, response)
  return response
}

export function check(verb: string, path: string, response: Response): void {
  if (response.body?.code) seenCodes.add(String(response.body.code))
  const [bare = ''] = path.split('?')
  const found = operationAt(verb, bare)
  const status = String(response.status)
  const type = (response.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (!found) {
    // Not of the contract: 404 and 405 are problems all the same.
    if (type === 'application/problem+json')
      validate('#/components/schemas/Problem', response.body, `${verb} ${path}`)
    return
  }
  const { operation, pointer } = found
  const what = `${operation.operationId} ${status}`
  const answer = operation.responses[status]
  if (!answer) throw new Error(`${what} is not documented: ${response.text}`)
  seen.add(what)
  if (!answer.content) {
    if (response.text) throw new Error(`${what} has a body: ${response.text}`)
    return
  }
  if (!answer.content[type]) throw new Error(`${what} has the undocumented type ${type}`)
  const schema = `${pointer}/responses/${status}/content/${escaped(type)}/schema`
  if (type === 'application/x-ndjson') {
    for (const line of linesOf(response.text)) validate(schema, line, what)
    return
  }
  if (type === 'text/event-stream') {
    for (const [, data = ''] of response.text.matchAll(/^data: (.*)$/gm))
      validate(schema, JSON.parse(data), what)
    return
  }
  // What is an image is handed over as bytes.
  const text = Buffer.isBuffer(response.body) ? response.body.toString() : response.text
  validate(schema, type.endsWith('/json') || type.endsWith('+json') ? response.body : text, what)
}

/** NDJSON: every line ends, and is JSON. */
export function linesOf(text: string): unknown[] {
  if (!text.endsWith('\n')) throw new Error(`the last line is torn: ${text.slice(-100)}`)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

function operationAt(verb: string, path: string): { operation: Operation; pointer: string } | null {
  // A path without parameters wins over one that has them.
  const templates = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length)
  for (const template of templates) {
    const pattern = new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+').replaceAll('.', '\\.')}$`)
    const operation = document.paths[template]?.[verb]
    if (operation && pattern.test(path)) return { operation, pointer: `#/paths/${escaped(template)}/${verb}` }
  }
  return null
}

export function validate(schema: string, content: unknown, what: string): void {
  const validator =
    ajv.getSchema(`contract${encodeURI(schema)}`) ?? ajv.compile({ $ref: `contract${encodeURI(schema)}` })
  if (!validator(content))
    throw new Error(`${what} is not as documented: ${ajv.errorsText(validator.errors)}`)
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
