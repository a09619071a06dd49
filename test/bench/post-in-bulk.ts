import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MAX_BULK_LINES, type BulkSummary } from '../../src/wire/bulk-snapshot.ts'
import { ADMIN_KEY, type Served } from './served.ts'

type Summary = BulkSummary['summary']

/** Posts lines in as many requests as it takes; each is made when there is room for it. */
export async function postInBulk(served: Served, lines: Iterator<string>): Promise<Summary> {
  const sum = { results: 0, created: 0, known: 0, failed: 0 }
  for (let next = lines.next(); !next.done;) {
    const part = function* () {
      for (let i = 0; i < MAX_BULK_LINES && !next.done; i++, next = lines.next())
        yield Buffer.from(next.value)
    }
    const { results, created, known, failed } = await poured(
      served,
      Readable.from(part(), { objectMode: false }),
    )
    sum.results += results
    sum.created += created
    sum.known += known
    sum.failed += failed
  }
  return sum
}

function poured({ url }: Served, lines: Readable): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/x-ndjson' }
    const asked = request(`${url}/v1/snapshots/bulk`, { method: 'POST', headers }, (response) => {
      let tail = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (tail = (tail + text).slice(-1000)))
      response.on('error', reject)
      response.on('end', () => {
        const [, summary] = /\{"summary":(.*)\}\n$/.exec(tail) ?? []
        if (summary) resolve(JSON.parse(summary) as Summary)
        else reject(new Error(`the answer is not whole: ${tail}`))
      })
    })
    asked.on('error', reject)
    pipeline(lines, asked).catch(reject)
  })
}
