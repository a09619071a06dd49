import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Entry } from '../audit/entry.ts'
import { plainId, type Fault } from '../audit/fault.ts'
import { toldIn } from '../store/audit.ts'
import { readAudit, type StoredEntry } from '../store/read-audit.ts'
import { AuditEntry, MAX_SEQ } from '../wire/audit.ts'
import type { Remote } from './remote.ts'

/** What is met where an audit is read: an entry, what stands in the place of one, or what has no place at all. */
export type Met = { readonly entry: Entry } | { readonly instead: Fault } | { readonly beside: Fault }

/** The audit of a service, page by page. */
export async function* entriesOver(remote: Remote, since: number): AsyncGenerator<Met> {
  for await (const item of remote.each('/v1/audit', { query: { since } }))
    yield met(item, 'what the service sent')
}

/** An audit that was written to a file, an entry a line. Errors: throws where it cannot be read. */
export async function* entriesInFile(path: string): AsyncGenerator<Met> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++
    if (line !== '') yield met(jsonIn(line), `line ${number}`)
  }
}

/** The audit of a database, past the service. Errors: throws where there is none. */
export async function* entriesInDatabase(url: string, since: number): AsyncGenerator<Met> {
  const reading = await readAudit(url)
  try {
    for await (const stored of reading.entries(since)) yield storedMet(stored)
    for await (const id of reading.strays()) yield { beside: besideOf(id, 'it has no place in the chain') }
  } finally {
    await reading.close()
  }
}

function met(item: unknown, where: string): Met {
  const read = AuditEntry.safeParse(item)
  if (read.success) return { entry: read.data }
  const [issue] = read.error.issues
  const at = issue?.path.join('.') ?? ''
  const sentence = `${where} is no entry: ${at && `${at}: `}${issue?.message ?? 'it cannot be read'}`
  return { instead: { kind: 'unreadable', seq: null, id: null, sentence } }
}

/** With its fields in the order in which the API has them, so that both export the same bytes. */
function storedMet({ seq: place, id, actor, action, target, ...stored }: StoredEntry): Met {
  const seq = Number(place)
  if (!Number.isInteger(seq) || seq > MAX_SEQ)
    return { beside: besideOf(id, `its number is ${String(place)}`) }
  const { at, detail, requestId: request_id, prevHash: prev_hash, hash } = stored
  const said = { at: momentOf(at), actor, action, target, detail: toldIn(detail) }
  return { entry: { seq, id, ...said, request_id, prev_hash, hash } }
}

/** As the API has it. What neither engine writes stays as it is, and has another hash for that. */
function momentOf(stored: string): string {
  const sqlite = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\+00:00$/.exec(stored)
  if (sqlite) return `${sqlite[1]}Z`
  const [, day, time, millis = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?$/.exec(stored) ?? []
  return day === undefined ? stored : `${day}T${time}.${millis.padEnd(3, '0')}Z`
}

function besideOf(id: string, found: string): Fault {
  return { kind: 'inserted', seq: null, id, sentence: `the entry ${plainId(id)} was inserted: ${found}` }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
