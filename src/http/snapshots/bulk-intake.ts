import type { FastifyRequest } from 'fastify'
import type { Host } from '../../store/hosts.ts'
import type { PostingOf } from '../../store/postings.ts'
import { outageOf } from '../../store/outage.ts'
import { MAX_BULK_LINES, type BulkResult, type BulkSummary } from '../../wire/bulk-snapshot.ts'
import { failureOf } from '../failure-of.ts'
import { notFound, RequestFailed, type Failure } from '../failure.ts'
import { problemOf } from '../problems.ts'
import { effect, type Writers, type Writing } from '../write.ts'
import { gathered, type Enough } from './gathered.ts'
import { inputLines, type InputLine } from './input-lines.ts'
import { readBulkLine, type BulkLineRead, type Named } from './read-bulk-line.ts'
import { mustBeOf, postingOf, storeSnapshot } from './take-snapshot.ts'

/** What goes into one transaction. Others wait for it, and so does who sends one line and waits for its result. */
const ENOUGH: Enough = { count: 16, weight: 1024 * 1024, wait: 10 }

export interface Bulk {
  readonly writers: Writers
  readonly request: FastifyRequest
  readonly input: AsyncIterable<Buffer>
  readonly parse: (text: string) => unknown
}

/**
 * Takes snapshots line by line: a result for each in its order, and the summary. Each is what a post of its own would have been.
 *
 * Nothing is read ahead of what is stored, and nothing stored ahead of who reads the results, but for one list of lines.
 */
export async function* bulkResults(bulk: Bulk): AsyncGenerator<BulkResult | BulkSummary> {
  const summary = { results: 0, created: 0, known: 0, failed: 0 }
  for await (const lines of gathered(linesRead(bulk), ENOUGH, ({ length }) => length)) {
    for (const result of await stored(bulk, lines)) {
      summary.results += 1
      summary[result.problem ? 'failed' : result.status === 201 ? 'created' : 'known'] += 1
      yield result
    }
  }
  yield { summary }
}

async function* linesRead({
  writers: { store: rows },
  request,
  input,
  parse,
}: Bulk): AsyncGenerator<BulkLineRead> {
  let count = 0
  for await (const line of inputLines(input, request.routeOptions.bodyLimit)) {
    count += 1
    if (count > MAX_BULK_LINES) return yield oneTooMany(line)
    yield await readBulkLine(line, { rows, parse, log: request.log })
  }
}

function oneTooMany({ number }: InputLine): BulkLineRead {
  const detail = `a request has at most ${MAX_BULK_LINES} lines: nothing from here on was read`
  return { number, length: 0, named: {}, failure: { code: 'body-too-large', detail } }
}

/** In one transaction; where one line undoes that for a reason of its own, each in one by itself. */
async function stored(bulk: Bulk, lines: readonly BulkLineRead[]): Promise<BulkResult[]> {
  // Who sends nothing that could be stored keeps nobody from writing.
  if (lines.every((line) => 'failure' in line)) return lines.map((line) => failed(bulk, line, line.failure))
  try {
    return await effect(bulk.writers, bulk.request, async (writing) => {
      const results: BulkResult[] = []
      for (const line of lines) results.push(await resultOf(bulk, writing, line))
      return results
    })
  } catch (error) {
    if (lines.length > 1 && outageOf(error) === null) {
      const each: BulkResult[] = []
      for (const line of lines) each.push(...(await stored(bulk, [line])))
      return each
    }
    const failure = failureOf(error)
    if (failure.code === 'internal') bulk.request.log.error({ err: error }, 'a line of a bulk')
    // What was wrong with a line itself is still what is wrong with it.
    return lines.map((line) => failed(bulk, line, 'failure' in line ? line.failure : failure))
  }
}

async function resultOf(bulk: Bulk, writing: Writing, line: BulkLineRead): Promise<BulkResult> {
  if ('failure' in line) return failed(bulk, line, line.failure)
  const { number, named, taken } = line
  const posting = await postingOf(writing.rows, hostOf(named), taken)
  const host = posting?.host ?? null
  try {
    if (!posting) throw notFound('host')
    mustBeOf(posting.host, taken)
  } catch (error) {
    // Before anything of it was written: the others of the transaction are as good as without it.
    if (error instanceof RequestFailed) return failed(bulk, line, error.failure, host)
    throw error
  }
  const { row, isNew } = await storeSnapshot(writing, posting, taken)
  return { line: number, status: isNew ? 201 : 200, host: posting.host.id, snapshot: row.id, problem: null }
}

function hostOf({ host, machine_id = '' }: Named): PostingOf['host'] {
  return host === undefined ? { machineId: machine_id } : { id: host }
}

function failed(
  { request }: Bulk,
  { number, named }: BulkLineRead,
  failure: Failure,
  host: Host | null = null,
): BulkResult {
  const { problem } = problemOf(failure, `urn:berth:request:${request.id}`)
  return {
    line: number,
    status: problem.status,
    host: host?.id ?? named.host ?? null,
    snapshot: null,
    problem,
  }
}
