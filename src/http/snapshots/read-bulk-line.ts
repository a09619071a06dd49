import type { FastifyBaseLogger } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import { BulkSnapshot } from '../../wire/bulk-snapshot.ts'
import { failureOf, told } from '../failure-of.ts'
import { RequestFailed, type Failure } from '../failure.ts'
import { tornIn } from '../whole-text.ts'
import type { Rows } from '../../store/open-store.ts'
import type { InputLine } from './input-lines.ts'
import { takeSnapshot, type Taken } from './take-snapshot.ts'

/** Whose a line is, as it says. */
export type Named = Pick<BulkSnapshot, 'host' | 'machine_id'>

/** A line that was read: what is to be stored, or why that is nothing. */
export type BulkLineRead = {
  readonly number: number
  /** Bytes that it had. */
  readonly length: number
  readonly named: Named
} & ({ readonly taken: Taken } | { readonly failure: Failure })

/** What a line is read with. */
export interface Reading {
  readonly rows: Rows
  readonly parse: (text: string) => unknown
  readonly log: FastifyBaseLogger
}

/** Refuses a value with every wrong place of it, in the words of any other body. */
const judge = validatorCompiler({ schema: BulkSnapshot, method: 'POST', url: '' })

/** Reads one line as if it were a request of its own. Errors: none; what is wrong is in what comes back. */
export async function readBulkLine(
  { number, bytes }: InputLine,
  { rows, parse, log }: Reading,
): Promise<BulkLineRead> {
  const length = bytes?.length ?? 0
  let named: Named = {}
  try {
    if (bytes === null) throw tooLong()
    const { host, machine_id, ...snapshot } = bulkSnapshotIn(parse(textOf(bytes)))
    named = { host, machine_id }
    return { number, length, named, taken: await takeSnapshot(rows, snapshot) }
  } catch (error) {
    const failure = failureOf(error)
    if (failure.code === 'internal') log.error({ err: error }, 'a line of a bulk')
    return { number, length, named, failure }
  }
}

function bulkSnapshotIn(value: unknown): BulkSnapshot {
  const judged = judge(value) as { value?: BulkSnapshot; error?: Parameters<typeof told>[0] }
  if (judged.error) throw new RequestFailed({ code: 'invalid-input', errors: told(judged.error, '') })
  const errors = tornIn(judged.value, '')
  if (errors.length > 0) throw new RequestFailed({ code: 'invalid-input', errors })
  return judged.value as BulkSnapshot
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new RequestFailed({ code: 'malformed-body', detail: 'the line is not UTF-8' })
  }
}

function tooLong(): RequestFailed {
  return new RequestFailed({ code: 'body-too-large', detail: 'the line is longer than a body may be' })
}
