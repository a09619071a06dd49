import { createReadStream } from 'node:fs'
import type { Schemas } from '../client/index.ts'
import { inputLines } from '../http/snapshots/input-lines.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { problemText } from './problem-text.ts'
import { counted } from './progress.ts'
import { overApi, RemoteFailed, type Asked, type RemoteOptions } from './remote.ts'

const PATH = '/v1/snapshots/bulk'

/** What goes into one request: far fewer lines than the service takes, and no more than it stores in the time that one has. */
const LINES_AT_ONCE = 200
const BYTES_AT_ONCE = 8 * 1024 * 1024
/** More than any service is set to take by default. */
const MOST_BYTES = 64 * 1024 * 1024

export interface SnapshotBulkOptions extends RemoteOptions {
  /** NDJSON; `-` for standard input. */
  readonly file: string
}

interface Part {
  readonly bytes: Uint8Array
  /** Of each of its lines, the number in the file. */
  readonly numbers: readonly number[]
}

/**
 * `berth snapshot bulk`: many hosts' snapshots, a line each, and a result for each as soon as it is stored.
 *
 * Leaves with 1 where any line was refused, or where the answer is not whole.
 */
export function snapshotBulkCommand(asked: Asked<SnapshotBulkOptions>): Promise<ExitCode> {
  const { io, options } = asked
  return overApi('snapshot bulk', asked, async (remote) => {
    const summary = { results: 0, created: 0, known: 0, failed: 0 }
    for await (const { bytes, numbers } of partsOf(options.file, io, () => (summary.failed += 1))) {
      let isWhole = false
      for await (const told of counted(remote.pour(PATH, bytes), io)) {
        if ('summary' in told) {
          isWhole = true
          add(summary, told.summary)
        } else {
          const result = { ...told, line: numbers[told.line - 1] ?? told.line }
          remote.show(result, () => `${resultText(result)}\n`)
        }
      }
      if (!isWhole) throw brokenOff(numbers)
    }
    const { created, known, failed } = summary
    remote.show({ summary }, () => `\n${created} new, ${known} known, ${failed} refused\n`)
    return failed > 0 ? EXIT.failed : EXIT.ok
  })
}

function add(to: Schemas['BulkSummary']['summary'], more: Schemas['BulkSummary']['summary']): void {
  to.results += more.results
  to.created += more.created
  to.known += more.known
  to.failed += more.failed
}

function resultText({ line, status, host, snapshot, problem }: Schemas['BulkResult']): string {
  if (problem) return `line ${line}: refused${host === null ? '' : ` for ${host}`}: ${problemText(problem)}`
  return `line ${line}: ${status === 201 ? 'new' : 'known'}: ${snapshot} of ${host}`
}

function brokenOff(numbers: readonly number[]): RemoteFailed {
  const [first, last] = [numbers[0], numbers.at(-1)]
  return new RemoteFailed(
    `the answer broke off before its summary: lines ${first} to ${last} may be stored or not; send them again, what is stored is not stored twice`,
  )
}

/** A file in requests. What is too long for any is told, and left out. */
async function* partsOf(file: string, io: Io, leftOut: () => void): AsyncGenerator<Part> {
  const chunks = file === '-' ? process.stdin : createReadStream(file)
  let numbers: number[] = []
  let kept: Buffer[] = []
  let length = 0
  for await (const { number, bytes } of inputLines(chunks as AsyncIterable<Buffer>, MOST_BYTES)) {
    if (bytes === null) {
      io.err(`berth snapshot bulk: line ${number} is longer than ${MOST_BYTES} bytes, and was left out\n`)
      leftOut()
      continue
    }
    if (numbers.length === LINES_AT_ONCE || (length > 0 && length + bytes.length > BYTES_AT_ONCE)) {
      yield { bytes: Buffer.concat(kept), numbers }
      ;[numbers, kept, length] = [[], [], 0]
    }
    numbers.push(number)
    kept.push(bytes, NEWLINE)
    length += bytes.length
  }
  if (numbers.length > 0) yield { bytes: Buffer.concat(kept), numbers }
}

const NEWLINE = Buffer.from('\n')
