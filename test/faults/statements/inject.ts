import type { Cast, Mould } from '../mould.ts'
import { rawDatabase, type Dump, type RawDatabase } from '../raw-database.ts'
import type { At, Fault, Gate } from './gate.ts'
import type { GoodRequest, GoodWorld } from './good-requests.ts'

export interface Injected {
  faults: number
  requests: number
  acknowledged: number
  lost: number
  readonly wrong: string[]
}

/** What a request may end in when one of its statements fails. */
interface Told {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

/** Nobody's request has that many. */
const MOST_STATEMENTS = 300

/**
 * Sends one request again and again, and lets its first statement fail, then its second, until there is none left to fail.
 *
 * Each time the answer is the whole one or says that the database could not, and then nothing at all has changed. At the end,
 * on the same service, the request works as if nothing had been.
 */
export async function injectEach(
  mould: Mould<GoodWorld>,
  gate: Gate,
  { request, fault }: { request: GoodRequest; fault: Fault },
): Promise<Injected> {
  const found = nothingYet()
  let place = await untouched(mould)
  for (let at = 1; at <= MOST_STATEMENTS; at++) {
    const { isSpent, failed } = await inject(place, gate, { request, fault, at }, found)
    if (failed === null) break
    // What was kept is there; it can only be said once.
    if (!isSpent) continue
    await place.close()
    place = await untouched(mould)
  }
  await place.close()
  return found
}

/** The first write of each request fails, then its commit: all on one service, where nothing may have changed in the end. */
export async function injectSome(
  mould: Mould<GoodWorld>,
  gate: Gate,
  asked: readonly { request: GoodRequest; fault: Fault }[],
): Promise<Injected> {
  const found = nothingYet()
  let place = await untouched(mould)
  for (const one of asked) {
    for (const at of [WRITES, COMMITS]) {
      const { isSpent, failed } = await inject(place, gate, { ...one, at }, found)
      if (failed === null) found.wrong.push(`${one.request.name}: nothing that looks like ${at}`)
      if (!isSpent) continue
      await place.close()
      place = await untouched(mould)
    }
  }
  await place.close()
  return found
}

const WRITES = /^\s*(INSERT|UPDATE|DELETE)\b/i
const COMMITS = /^\s*COMMIT\b/i

function nothingYet(): Injected {
  return { faults: 0, requests: 0, acknowledged: 0, lost: 0, wrong: [] }
}

interface Injection {
  readonly request: GoodRequest
  readonly fault: Fault
  readonly at: At
}

/** One request of which one statement fails. `isSpent`: another world is needed before it can be sent again. */
async function inject(
  place: Place,
  gate: Gate,
  { request, fault, at }: Injection,
  found: Injected,
): Promise<{ isSpent: boolean; failed: string | null }> {
  const blame = (what: string) => found.wrong.push(`${request.name}, statement ${at}, ${fault.code}: ${what}`)
  gate.arm(at, fault)
  const told = await send(place.cast, request)
  const { failed } = gate.disarm()
  await gate.quiet()
  found.requests++
  const change = await place.change()
  const isDone = told.status < 300
  if (isDone) found.acknowledged++
  if (isDone && change === null) {
    found.lost++
    blame(`said ${told.status} and kept nothing`)
  }
  if (failed === null) {
    if (!isDone) blame(`once nothing failed any more: ${told.status} ${told.body}`)
    return { isSpent: true, failed }
  }
  found.faults++
  const where = failed.slice(0, 80)
  if (!isDone) {
    const wrong = refusalFault(told, fault)
    if (wrong !== null) blame(`${wrong} at ${where}`)
    if (change !== null) blame(`said ${told.status} and changed ${change} at ${where}`)
  }
  const reading = await send(place.cast, place.look)
  await gate.quiet()
  if (reading.status !== 200) blame(`who asks next gets ${reading.status} ${reading.body}`)
  return { isSpent: change !== null || reading.status !== 200, failed }
}

function refusalFault({ status, retryAfter, body }: Told, { code }: Fault): string | null {
  // What SQLite calls an error of the statement is ours: nobody has to come again for it.
  if (code === 'SQLITE_ERROR') return status === 500 ? null : `answers ${status}`
  if (status !== 503) return `answers ${status} ${body.slice(0, 200)}`
  if (!/"(code|kind)":"unavailable"/.test(body)) return `another 503: ${body.slice(0, 200)}`
  return retryAfter === undefined ? 'no Retry-After' : null
}

async function send({ app }: Cast, { method, path, as, body, headers }: GoodRequest): Promise<Told> {
  const answer = await app.inject({
    method: method.toUpperCase() as 'GET',
    url: path,
    headers: { ...headers, ...(as !== '' && { authorization: `Bearer ${as}` }) },
    ...(body !== undefined && { payload: body as object }),
  })
  return {
    status: answer.statusCode,
    retryAfter: answer.headers['retry-after'] as string | undefined,
    body: answer.body,
  }
}

interface Place {
  readonly cast: Cast
  /** What somebody else asks meanwhile. */
  readonly look: GoodRequest
  /** Which tables are other than in the beginning; null for none. */
  change(): Promise<string | null>
  close(): Promise<void>
}

async function untouched(mould: Mould<GoodWorld>): Promise<Place> {
  const cast = await mould.cast()
  const raw: RawDatabase = await rawDatabase(cast.databaseUrl)
  const before = await raw.dump()
  const version = await raw.version()
  const as = mould.world.targets.admin
  return {
    cast,
    look: { name: 'look', method: 'get', path: '/v1/hosts', as, body: undefined, headers: {} },
    change: async () => {
      // Where nobody has committed anything there is nothing to compare.
      if (version !== null && (await raw.version()) === version) return null
      return differing(before, await raw.dump())
    },
    close: async () => {
      await raw.close()
      await cast.close()
    },
  }
}

function differing(before: Dump, after: Dump): string | null {
  const names = [...before].flatMap(([name, rows]) =>
    String(rows) === String(after.get(name)) ? [] : [name],
  )
  return names.length > 0 ? names.join(', ') : null
}
